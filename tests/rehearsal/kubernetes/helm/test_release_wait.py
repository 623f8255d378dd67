"""The wait beside Helm's own, with a cluster of one Deployment that the test sets."""

import threading
import time
from typing import Any

import pytest

from rehearsal.controlplane.errors import NotFoundError
from rehearsal.kubernetes.helm import release_wait
from rehearsal.kubernetes.helm.release_wait import ReleaseWait, satisfies_helm
from rehearsal.kubernetes.waiting.readiness import READY, Readiness
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"}}


class Cluster:
    """Has what is asked of it, or nothing."""

    there = True

    def get(self, _version: str, _kind: str, name: str, namespace: str) -> dict[str, Any]:
        if not self.there:
            raise NotFoundError(404, "NotFound", f"{name} not found in {namespace}")
        return DEPLOYMENT


def waited(
    monkeypatch: pytest.MonkeyPatch,
    found: Readiness,
    *,
    cluster: Cluster | None = None,
    limit: float = 0.3,
    seconds: float = 60.0,
    limits: WaitLimits | None = None,
    cancelled: bool = False,
    objects: list[dict[str, Any]] | None = None,
) -> ReleaseWait:
    monkeypatch.setattr(release_wait, "_PAUSE", 0.02)
    looked, ended, stop = threading.Event(), threading.Event(), threading.Event()

    def check(_client: Any, _obj: Any) -> Readiness:
        looked.set()
        return found

    monkeypatch.setattr(release_wait, "check_of", lambda _kind, _limits: check)
    if cancelled:
        stop.set()
    wait = ReleaseWait(
        client=cluster or Cluster(),  # type: ignore[arg-type]
        namespace="place",
        objects=lambda: [DEPLOYMENT] if objects is None else objects,
        end=ended.set,
        limit=limit,
        limits=limits or WaitLimits(),
        cancelled=stop,
    )
    with wait:
        ended.wait(seconds)
        assert not found.preparing or looked.wait(60)
    assert wait.ended is ended.is_set()
    return wait


def test_the_limit_ends_it_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = waited(monkeypatch, Readiness(why="0 of 1 available"))
    assert wait.reason == 'not ready after 0 s: Deployment "app": 0 of 1 available'


def test_what_cannot_succeed_ends_it_at_once_unless_waits_are_real(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Readiness(why="image", failed=True)
    wait = waited(monkeypatch, failed, limit=60)
    assert wait.reason.startswith('Deployment "app": image (outside a rehearsal Pulumi waits ')
    assert not waited(monkeypatch, failed, limit=60, seconds=0.3, limits=WaitLimits(until_the_limit=True)).ended


def test_the_build_of_an_image_does_not_count_for_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = waited(monkeypatch, Readiness(why="building", preparing=True), limit=0.1, seconds=0.6)
    assert not wait.ended
    assert "building" in wait.reason


def test_the_engine_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, READY, limit=60, cancelled=True).reason == "cancelled while waiting"


def test_what_is_not_there_yet_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    cluster.there = False
    assert "app not found in place" in waited(monkeypatch, READY, cluster=cluster).reason


def test_kinds_that_helm_does_not_wait_for_count_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [{**DEPLOYMENT, "apiVersion": "batch/v1", "kind": "Job"}, {**DEPLOYMENT, "kind": "Other"}]
    began = time.monotonic()
    assert waited(monkeypatch, Readiness(why="never"), objects=others, seconds=0.2, limit=60).reason == ""
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("rolling", "ready", "enough"),
    [
        ({"maxUnavailable": 1}, 1, True),
        ({"maxUnavailable": 0, "maxSurge": 1}, 1, False),
        ({"maxUnavailable": 0, "maxSurge": 0}, 1, True),
        ({}, 1, False),
        ({}, 2, True),
        ({"maxUnavailable": "50%"}, 1, True),
    ],
)
def test_a_deployment_may_lack_what_its_rollout_may(rolling: dict[str, Any], ready: int, *, enough: bool) -> None:
    live = {
        **DEPLOYMENT,
        "spec": {"replicas": 2, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}},
        "status": {"updatedReplicas": 2, "readyReplicas": ready},
    }
    assert satisfies_helm(live) is enough
    assert not satisfies_helm({**live, "status": {"updatedReplicas": 1, "readyReplicas": ready}})
    recreated = {"replicas": 2, "strategy": {"type": "Recreate"}}
    assert satisfies_helm({**live, "spec": recreated}) is (ready == 2)


def test_a_service_is_waited_for_only_until_it_has_its_load_balancer() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
    assert satisfies_helm({**service, "spec": {"type": "ClusterIP"}})
    assert not satisfies_helm({**service, "spec": {"type": "LoadBalancer"}})
