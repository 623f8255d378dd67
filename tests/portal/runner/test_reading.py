"""A team's change that was previewed on one platform is not applied to another."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portal.runner import operation
from portal.runner.connection import Connection
from portal.runner.protocol import Outcome, Result, Run, RunKind
from portal.runner.redaction import Redactor
from portal.runner.translate import Translator
from settings.derived.platform_facts import PlatformFacts
from tests.portal.fakes import FACTS

PULUMI = """#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = --stack ] && stack=$2; [ "$1" = export ] && export=yes; shift; done
if [ "$export" ]; then echo '{{"deployment": {{"resources": []}}}}'; else exec cat "{folder}/$stack.json"; fi
"""
STALE = "what the platform exports (pools, cluster, bucket) changed since the preview: preview again"


class Stack:
    """Does what it is told, at once."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **_options: self.calls.append(name) or []

    def history(self, **_options: Any) -> list[SimpleNamespace]:
        return []


class Portal:
    """One team's stack and its platform, behind a CLI that answers from files."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text(PULUMI.format(folder=folder))
        program.chmod(0o755)
        (folder / "Pulumi.yaml").write_text("name: llm-platform\n")
        (folder / "dev-search.json").write_text("{}")
        self.folder, self.stack = folder, Stack()
        monkeypatch.setattr(operation.Operation, "_open", lambda _: self.stack)
        self.connection = Connection(
            program_dir=folder, data_dir=folder, pulumi_root=folder, environment={}, secrets_provider="passphrase"
        )
        self.platform(platform=FACTS, cluster_name="llm-dev", kubeconfig="[secret]", oidc_issuer="oidc.eks/1")

    def platform(self, **exported: Any) -> None:
        self.exported = exported
        (self.folder / "dev.json").write_text(json.dumps(exported))

    def run(self, kind: RunKind, expected: Outcome | None = None) -> Outcome:
        before = expected.fingerprint if expected else None
        run = Run(id="j-1", kind=kind, stack="dev-search", platform="dev", config={}, expected=before)
        redactor = Redactor()
        return operation.perform(run, self.connection, Translator(lambda *_: None, redactor), redactor, lambda: False)


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    return Portal(tmp_path, monkeypatch)


def more_nodes() -> dict[str, Any]:
    facts = copy.deepcopy(FACTS)
    facts["pools"]["g5"]["max"] = 9  # type: ignore[index]
    return facts


@pytest.mark.parametrize(
    "change",
    [
        {"platform": more_nodes()},
        {"platform": PlatformFacts.of_export(more_nodes()).as_text()},
        {"platform": {"region": "of another version"}},
        {"oidc_issuer": "oidc.eks/2"},
        {"cluster_name": "llm-dev-2"},
        {"bucket_name": "others"},
    ],
    ids=str,
)
def test_a_platform_that_changed_after_the_preview_makes_the_apply_stale(portal: Portal, change: dict[str, Any]):
    previewed = portal.run(RunKind.PREVIEW)
    assert previewed.result is Result.SUCCEEDED
    portal.platform(**portal.exported | change)
    applied = portal.run(RunKind.UP, previewed)
    assert (applied.result, applied.error, applied.nothing_done) == (Result.STALE, STALE, True)
    assert "up" not in portal.stack.calls


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"platform": PlatformFacts.of_export(FACTS).as_text()},
        {"cost_estimate": {"usd": 3}, "llama_url": "http://elsewhere"},
    ],
    ids=["none", "another form of the same facts", "what no team reads"],
)
def test_a_platform_that_says_the_same_to_its_teams_does_not(portal: Portal, change: dict[str, Any]):
    previewed = portal.run(RunKind.PREVIEW)
    portal.platform(**portal.exported | change)
    assert portal.run(RunKind.UP, previewed).result is Result.SUCCEEDED
    assert "up" in portal.stack.calls


def test_a_destroy_reads_nothing_of_the_platform(portal: Portal):
    previewed = portal.run(RunKind.PREVIEW_DESTROY)
    (portal.folder / "dev.json").unlink()
    assert portal.run(RunKind.DESTROY, previewed).result is Result.SUCCEEDED


def test_a_platform_that_cannot_be_read_is_named(portal: Portal):
    (portal.folder / "dev.json").unlink()
    outcome = portal.run(RunKind.PREVIEW)
    assert (outcome.result, outcome.nothing_done) == (Result.FAILED, True)
    assert outcome.error.startswith("platform dev cannot be read: ")
