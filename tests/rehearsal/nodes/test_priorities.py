"""Services of different priority and one GPU, with the real API server, scheduler and Deployment controller."""

from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.controlplane.errors import KubeError
from settings.derived.priorities import CLASSES, PriorityFacts, refused_to_teams
from settings.models.priorities import Priority
from tests.rehearsal.nodes.asking import ask, long_answer
from tests.rehearsal.nodes.cluster import Cluster
from tests.rehearsal.nodes.manifests import deployment, load_balancer, vllm_pod
from tests.waiting import until

pytestmark = pytest.mark.integration
SCHEDULING = "scheduling.k8s.io/v1"


@pytest.fixture
def one_gpu(clean: Cluster) -> Iterator[Cluster]:
    """The cluster with the PriorityClasses of services and one GPU that pods can have."""
    for one in CLASSES.values():
        clean.kube.create(
            {"apiVersion": SCHEDULING, "kind": "PriorityClass", "metadata": {"name": one.name}, "value": one.value}
        )
    cordoned = clean.nodes("g5")[0]["metadata"]["name"]
    clean.kube.patch("v1", "Node", cordoned, None, {"spec": {"unschedulable": True}})
    yield clean
    for one in CLASSES.values():
        clean.kube.delete(SCHEDULING, "PriorityClass", one.name, None)


def of_priority(priority: Priority) -> dict[str, Any]:
    """The pod of a service, in small, with probes that notice at once that it is ready."""
    pod = vllm_pod()
    (container,) = pod["containers"]
    for probe in ("startupProbe", "readinessProbe"):
        container[probe]["periodSeconds"] = 1
    return pod if priority == "normal" else {**pod, "priorityClassName": CLASSES[priority].name}


def waits(cluster: Cluster, name: str) -> str:
    """Why a pod of ``name`` has no node, in the scheduler's words; empty while none waits."""
    for pod in cluster.pods(name):
        for condition in pod["status"].get("conditions", []):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                return str(condition.get("message", ""))
    return ""


def test_a_service_of_high_priority_takes_the_last_gpu(one_gpu: Cluster) -> None:
    """The pod that makes room ends its requests first, and comes back when there is room again."""
    one_gpu.kube.create(deployment("batch", of_priority("low")))
    one_gpu.kube.create(load_balancer("batch"))
    until(lambda: one_gpu.ready("batch"), "the service of low priority ready")
    url = one_gpu.url("batch")
    first = one_gpu.ready("batch")[0]["metadata"]["name"]
    assert ask(url).status_code == 200
    with long_answer(url) as answers:
        one_gpu.kube.create(deployment("chat", of_priority("high")))
        until(lambda: one_gpu.ready("chat"), "the service of high priority ready")
    assert answers == [1200]
    assert "Insufficient nvidia.com/gpu" in until(lambda: waits(one_gpu, "batch"), "the other one waits")
    assert first not in {pod["metadata"]["name"] for pod in one_gpu.pods("batch")}
    preempted = [one for one in one_gpu.kube.list("v1", "Event", "llm") if one["reason"] == "Preempted"]
    assert [one["involvedObject"]["name"] for one in preempted] == [first]
    one_gpu.kube.delete("apps/v1", "Deployment", "chat", "llm")
    until(lambda: one_gpu.ready("batch"), "the service of low priority ready again")


def test_services_alike_do_not_take_the_place_of_one_another(one_gpu: Cluster) -> None:
    one_gpu.kube.create(deployment("first", of_priority("normal")))
    until(lambda: one_gpu.ready("first"), "ready")
    one_gpu.kube.create(deployment("second", of_priority("normal")))
    one_gpu.kube.create(deployment("batch", of_priority("low")))
    for name in ("second", "batch"):
        assert "No preemption victims found" in until(lambda name=name: waits(one_gpu, name), f"{name} waits")
    assert one_gpu.ready("first")


def test_a_quota_refuses_classes_that_a_team_may_not_have(one_gpu: Cluster) -> None:
    refused = refused_to_teams(PriorityFacts(teams=("low",)))
    scope = {"scopeName": "PriorityClass", "operator": "In", "values": [*refused]}
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "priority-classes", "namespace": "llm"},
        "spec": {"hard": {"pods": "0"}, "scopeSelector": {"matchExpressions": [scope]}},
    }
    one_gpu.kube.create(quota)
    try:
        until(
            lambda: one_gpu.kube.get("v1", "ResourceQuota", "priority-classes", "llm").get("status", {}).get("hard"),
            "the quota is counted",
        )

        def pod(name: str, spec: dict[str, Any]) -> dict[str, Any]:
            return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "llm"}, "spec": spec}

        with pytest.raises(
            KubeError, match="exceeded quota: priority-classes, requested: pods=1, used: pods=0, limited: pods=0"
        ):
            one_gpu.kube.create(pod("refused", of_priority("high")))
        one_gpu.kube.create(pod("low", of_priority("low")))
        one_gpu.kube.create(pod("normal", of_priority("normal")))
    finally:
        one_gpu.kube.delete("v1", "ResourceQuota", "priority-classes", "llm")
