"""How replicas are counted, with a kubectl that prints what a cluster answers."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.record import ServicePrice, Subject
from cli.bench.command import _answering
from cli.bench.replicas import Replicas, replicas_of
from cli.bench.stack import BenchedService
from cli.console import UsageError
from planner.queue_threshold import QueueThreshold

Kubectl = Callable[..., Path]
PRICE = ServicePrice(usd_per_hour=2.0, source="list")


def service(*, autoscaled: bool = True, replicas: int = 1, price: ServicePrice | None = PRICE) -> BenchedService:
    return BenchedService(
        public_name="dev/chat",
        name="chat",
        namespace="llm",
        served_name="chat",
        stack="dev",
        platform="dev",
        subject=Subject(replicas=replicas),
        autoscaled=autoscaled,
        threshold=QueueThreshold(requests=5.0, source="settings"),
        counts_running=False,
        price=price,
    )


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    """Puts a kubectl on PATH that answers with workloads of these names and ready replicas; returns where its arguments are."""

    def given(error: str = "", **ready: int | None) -> Path:
        items = [{"metadata": {"name": name}, "status": {"readyReplicas": count}} for name, count in ready.items()]
        (tmp_path / "items.json").write_text(json.dumps({"items": items}))
        program = tmp_path / "kubectl"
        end = f"echo '{error}' >&2; exit 1" if error else f"cat {tmp_path}/items.json"
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\n{end}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path / "called"

    return given


def test_the_ready_replicas_of_an_autoscaled_service_are_those_of_the_cluster(kubectl: Kubectl) -> None:
    called = kubectl(other=9, chat=3)
    found = replicas_of(service(), None, "prod")
    assert (found.count(), found.most, found.source) == (3, 3, "the cluster")
    assert called.read_text().splitlines()[0] == (
        "get deployments.v1.apps,statefulsets.v1.apps --namespace llm --context prod "
        "--selector app.kubernetes.io/instance=chat,llm-platform/stack=dev --output json"
    )


def test_replicas_that_come_while_it_is_measured(kubectl: Kubectl) -> None:
    kubectl(chat=1)
    found = replicas_of(service(), None, None)
    found.count()
    kubectl(chat=3)
    found.count()
    assert (found.most, found.source) == (3, "the cluster: 1 to 3 while it was measured")
    subject, price = _answering(service(), found)
    assert (subject.replicas, price) == (3, ServicePrice(usd_per_hour=6.0, source="list"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": "Unable to connect to the server"}, "kubectl get .*: Unable to connect"),
        ({"other": 3}, "has no service chat of the stack in namespace llm: give --context"),
    ],
)
def test_without_the_cluster_the_fewest_are_assumed_and_that_is_said(
    kubectl: Kubectl, capsys: pytest.CaptureFixture[str], answer: dict, reason: str
) -> None:
    kubectl(**answer)
    found = replicas_of(service(replicas=2), None, None)
    assert (found.count(), found.most, found.source) == (None, 2, "an assumption (the fewest of the settings)")
    assert "the ready replicas of dev/chat are not known" in capsys.readouterr().err
    with pytest.raises(UsageError, match=reason):
        replicas_of(service(), None, "prod")


def test_a_cluster_that_is_lost_meanwhile(kubectl: Kubectl, capsys: pytest.CaptureFixture[str]) -> None:
    kubectl(chat=2)
    found = replicas_of(service(), None, None)
    assert found.count() == 2
    kubectl(error="timeout")
    assert found.count() is None
    assert "timeout" in capsys.readouterr().err


def test_a_service_that_sleeps_has_no_ready_replica(kubectl: Kubectl) -> None:
    kubectl(chat=None)
    found = replicas_of(service(), None, None)
    assert (found.count(), found.most, found.source) == (0, 1, "an assumption (the fewest of the settings)")


def test_a_fixed_number_is_that_of_the_settings(kubectl: Kubectl) -> None:
    called = kubectl(chat=1)
    found = replicas_of(service(autoscaled=False, replicas=4), None, None)
    assert (found.count(), found.most, found.source) == (4, 4, "the settings")
    assert not called.exists()
    assert replicas_of(service(autoscaled=False, replicas=4), None, "prod").count() == 1


def test_replicas_that_are_given(kubectl: Kubectl) -> None:
    called = kubectl(chat=1)
    for one in (service(), None):
        found = replicas_of(one, 3, None)
        assert (found.count(), found.most, found.source) == (3, 3, "--replicas")
    assert not called.exists()


def test_an_address_without_a_stack() -> None:
    found = replicas_of(None, None, None)
    assert (found.count(), found.most, found.source) == (None, None, "not known")
    assert _answering(None, found) == (Subject(), None)


def test_a_price_that_is_not_known() -> None:
    found = Replicas(lambda: 3, "the cluster")
    found.count()
    assert _answering(service(price=None), found) == (Subject(replicas=3), None)
