"""One cluster for all integration tests of the node agent: starting one takes seconds."""

import contextlib
from collections.abc import Iterator

import pytest

from rehearsal.controlplane.errors import NotFoundError
from tests.rehearsal.nodes import manifests
from tests.rehearsal.nodes.cluster import Cluster
from tests.waiting import until


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane with one CPU node and two nodes of one GPU each."""
    running = Cluster(tmp_path_factory.mktemp("sandbox"))
    try:
        running.up()
        running.node_groups()
        for obj in manifests.fixtures():
            running.kube.create(obj)
        until(
            lambda: sum(int(node["status"]["allocatable"]["nvidia.com/gpu"]) for node in running.nodes("g5")) == 2,
            "two GPUs allocatable",
        )
        yield running
    finally:
        running.down()


@pytest.fixture
def clean(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster, with nothing in its namespace before and after."""
    yield cluster
    cluster.check()
    kube = cluster.kube
    for version, kind in (
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("v1", "Service"),
        ("policy/v1", "PodDisruptionBudget"),
    ):
        for found in kube.list(version, kind, "llm"):
            kube.delete(version, kind, found["metadata"]["name"], "llm")
    for pod in kube.list("v1", "Pod", "llm"):
        with contextlib.suppress(NotFoundError):
            kube.delete("v1", "Pod", pod["metadata"]["name"], "llm", grace_period_seconds=1)
    until(lambda: not kube.list("v1", "Pod", "llm"), "no pod left")
    for node in kube.list("v1", "Node"):
        kube.patch("v1", "Node", node["metadata"]["name"], None, {"spec": {"unschedulable": None}})
