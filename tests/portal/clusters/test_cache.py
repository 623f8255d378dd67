"""Looks at a cluster: shared by pages, in the background, and kept when the next one fails."""

import threading
import time
from collections.abc import Iterator

import pytest

from portal import background_cache
from portal.clusters import cache
from portal.clusters.cache import Clusters
from portal.clusters.readers import Readers
from portal.runner.protocol import Exports
from tests.portal import cluster_api
from tests.portal.cluster_api import NODES, ClusterApi
from tests.portal.fakes import FakeRunner
from tests.waiting import until


@pytest.fixture
def api() -> Iterator[ClusterApi]:
    with cluster_api.serving() as found:
        found.objects[NODES] = [cluster_api.of_group("ip-1", "system")]
        yield found


@pytest.fixture
def clusters(api: ClusterApi, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Clusters:
    monkeypatch.setattr(cache, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(background_cache, "_FAILED_SECONDS", 0.0)
    runner.kubeconfig = api.kubeconfig()
    return Clusters(Readers(runner, {}), ("dev",))


def test_it_is_read_once_for_many(clusters: Clusters, api: ClusterApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cache, "FRESH_SECONDS", 60.0)
    found = until(lambda: clusters.get("dev").value)
    assert [one.name for one in found.nodes] == ["ip-1"]
    asked = len(api.requests)
    assert all(clusters.get("dev").value is found for _ in range(20))
    assert len(api.requests) == asked


def test_a_failure_keeps_the_last_look_and_says_why(clusters: Clusters, api: ClusterApi):
    until(lambda: clusters.get("dev").value)
    api.statuses[NODES] = 403
    look = until(lambda: (found := clusters.get("dev")).problem and found)
    assert look.problem == "the portal may not list nodes in the cluster"
    assert look.value is not None
    api.statuses.clear()
    until(lambda: clusters.get("dev").problem is None)


def test_no_page_waits_for_a_platform_that_does_not_answer(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch):
    answer = threading.Event()

    def slow(_: str) -> Exports:
        answer.wait(60)
        return Exports(values={})

    monkeypatch.setattr(runner, "exports", slow)
    monkeypatch.setattr(background_cache, "_FIRST_SECONDS", 0.01)
    clusters = Clusters(Readers(runner, {}), ("dev",))
    begin = time.monotonic()
    assert [clusters.get("dev").problem for _ in range(5)] == ["the cluster is being read"] * 5
    assert time.monotonic() - begin < 15
    answer.set()
    until(lambda: clusters.get("dev").problem == "platform dev exports no kubeconfig, or cannot be read")


def test_objects_of_another_shape_are_a_line(clusters: Clusters, api: ClusterApi):
    api.objects[NODES] = [{"metadata": {}}]
    until(lambda: clusters.get("dev").problem == "the cluster's API answered objects of an unknown shape")


def test_another_platform_has_none(clusters: Clusters):
    assert clusters.get("prod").problem == "platform prod is not one of the portal's"
