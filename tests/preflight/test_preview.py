"""The preflight of a preview."""

from collections.abc import Callable
from dataclasses import replace

import pulumi
import pytest

from components.config import load_settings
from preflight import preview, scaled_objects
from preflight.finding import Finding, error, refusal, warning
from preflight.preview import show
from preflight.run import Report
from settings.loading.parse import parse
from tests.harness import PROJECT, Deployment, deploy
from tests.settings.bad_settings import PLATFORM


def told(report: Report) -> Deployment:
    return deploy(lambda: show(report))


def test_errors_and_warnings_are_warned_of() -> None:
    found = told(Report(findings=(error("quota X", "is 0"), warning("pools.g5", "is spot")), note="a note"))
    assert found.error is None
    assert found.warnings == ["preflight: quota X: is 0", "preflight: pools.g5: is spot"]
    assert found.infos == ["preflight: a note"]


def test_refusals_end_the_preview_all_at_once() -> None:
    found = told(Report(findings=(refusal("a", "x"), refusal("b", "y"), warning("c", "z"))))
    assert isinstance(found.error, pulumi.RunError)
    assert str(found.error).splitlines() == ["AWS would refuse this update for 2 reasons:", "a: x", "b: y"]
    assert found.warnings == ["preflight: c: z"]


@pytest.mark.parametrize("dry", [True, False])
def test_it_runs_in_previews_only(monkeypatch: pytest.MonkeyPatch, *, dry: bool) -> None:
    ran: list[str] = []

    def run(subject) -> Report:
        ran.append(subject.stack)
        return Report(findings=(refusal("a", "x"),))

    monkeypatch.setattr(preview, "run", run)
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: dry)
    program: Callable[[], None] = lambda: preview.preflight(load_settings(), dict)  # noqa: E731  a program is called later
    found = deploy(program, stack="bare", config={f"{PROJECT}:{key}": value for key, value in PLATFORM.items()})
    assert ran == (["bare"] if dry else [])
    assert isinstance(found.error, pulumi.RunError) is dry


@pytest.mark.parametrize(("keda", "dry"), [(True, True), (True, False), (False, True)])
def test_the_cluster_is_read_where_keda_goes(monkeypatch: pytest.MonkeyPatch, *, keda: bool, dry: bool) -> None:
    """By the kubeconfig of the last update, and in an update without a preview too."""
    monkeypatch.setattr(preview, "run", lambda _: Report(findings=()))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: dry)
    read = []

    def check(stack: str, kubeconfig: Callable[[], object]) -> list[Finding]:
        read.append((stack, kubeconfig()))
        return [warning("cluster.keda", "not known"), refusal("cluster.keda", "scales team-a/chat")]

    monkeypatch.setattr(scaled_objects, "check", check)
    parsed = parse(PLATFORM, stack="bare")
    parsed = replace(parsed, plan=replace(parsed.plan, keda_goes=keda))
    found = deploy(lambda: preview.preflight(parsed, lambda: {"kubeconfig": "text"}))
    assert read == ([("bare", "text")] if keda else [])
    assert found.warnings == (["preflight: cluster.keda: not known"] if keda else [])
    said = ["this update would fail in the cluster:", "cluster.keda: scales team-a/chat"]
    assert (str(found.error).splitlines() if found.error else []) == (said if keda else [])
