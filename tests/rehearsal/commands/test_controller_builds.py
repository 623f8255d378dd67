"""Which controllers a stack file needs, and their builds beside an operation."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.commands import controller_builds
from rehearsal.engine.gomodule import GoModule
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.sandbox import ENVIRONMENT_VARIABLE
from rehearsal.sandboxes import open_or_create

KARPENTER = {"gpu": {"kind": "gpu", "provisioner": "karpenter"}}


def settings(checkout: Path, **config: object) -> Path:
    file = checkout / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": {f"platform:{key}": value for key, value in config.items()}}))
    return file


@pytest.mark.parametrize(
    ("config", "network", "expected"),
    [
        ({}, "loopback", []),
        ({}, "namespaces", ["metrics-server"]),
        ({"platform": "org/platform/dev"}, "namespaces", []),
        ({"pools": {"gpu": {"kind": "gpu", "provisioner": "node_group"}}}, "loopback", []),
        ({"pools": KARPENTER}, "loopback", ["karpenter"]),
        ({"pools": KARPENTER}, "namespaces", ["karpenter", "metrics-server"]),
        ({"pools": ["wrong"]}, "loopback", []),
        ({"cluster": {}}, "namespaces", ["metrics-server", "prometheus", "alertmanager"]),
        (
            {"cluster": {}, "monitoring": {"size": "large"}},
            "namespaces",
            ["metrics-server", "prometheus", "alertmanager"],
        ),
        ({"cluster": {}, "monitoring": {"size": "none"}}, "namespaces", ["metrics-server"]),
        ({"cluster": {}}, "loopback", []),
        (
            {"cluster": {}, "services": {"a": {"autoscale": {"min": 1, "max": 2}}, "b": {}}},
            "namespaces",
            ["metrics-server", "prometheus", "alertmanager", "keda"],
        ),
        ({"cluster": {"keda": True}}, "namespaces", ["metrics-server", "prometheus", "alertmanager", "keda"]),
        ({"cluster": {"keda": True}, "services": ["wrong"]}, "loopback", []),
    ],
)
def test_needed(checkout: Path, config: dict[str, object], network: str, expected: list[str]) -> None:
    file = settings(checkout, **config)
    assert [program.name for program in controller_builds.needed(file, network)] == expected


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was started instead of builds."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(os, "posix_spawn", lambda *arguments, **_: calls.append(arguments))
    monkeypatch.setattr(controller_builds, "module_folder", lambda _: Path("/module"))
    return calls


def test_builds_belong_to_the_sandbox(checkout: Path, monkeypatch: pytest.MonkeyPatch, started: list[Any]) -> None:
    monkeypatch.setattr(GoModule, "built", lambda _: None)
    said: list[str] = []
    sandbox = open_or_create("default")[0]
    controller_builds.begin(sandbox, settings(checkout, pools=KARPENTER), said.append)
    [(_, command, environment)] = started
    assert command[3:5] == ["rehearsal.controllers", "karpenter"]
    assert environment[ENVIRONMENT_VARIABLE] == str(sandbox.root), "`rehearse down` finds it by that"
    assert said[0].startswith("building Karpenter 1.14.1 beside the rest: about 6 CPU minutes the first time")


def test_what_is_built_is_not_built_again(checkout: Path, monkeypatch: pytest.MonkeyPatch, started: list[Any]) -> None:
    monkeypatch.setattr(GoModule, "built", lambda _: Path("/binary"))
    said: list[str] = []
    controller_builds.begin(open_or_create("default")[0], settings(checkout, pools=KARPENTER), said.append)
    assert (said, started) == ([], [])


def test_a_module_that_cannot_be_had_is_a_warning(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, started: list[Any]
) -> None:
    def fail(module: str) -> Path:
        raise ToolchainError(f"Go module {module}: not downloaded")

    monkeypatch.setattr(controller_builds, "module_folder", fail)
    monkeypatch.setattr(GoModule, "built", lambda _: Path("/binary"))
    said: list[str] = []
    controller_builds.begin(open_or_create("default")[0], settings(checkout, pools=KARPENTER), said.append)
    assert said[:1] == ["warning: Go module github.com/aws/karpenter-provider-aws@v1.14.1: not downloaded"]
