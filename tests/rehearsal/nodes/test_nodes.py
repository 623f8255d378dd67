"""Nodes in step with their node groups, and what a kill leaves behind."""

import time
from typing import Any

import psutil
import pytest

from rehearsal.controlplane.errors import ApiError
from tests.rehearsal.nodes.asking import ask, deploy
from tests.rehearsal.nodes.cluster import Cluster
from tests.waiting import until

pytestmark = pytest.mark.integration


def test_node_groups_become_nodes(cluster: Cluster) -> None:
    """Names, labels, taints and capacity are those EKS would give."""
    nodes = cluster.nodes("g5")
    assert {node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes} == {"us-east-1a", "us-east-1b"}
    node = nodes[0]
    labels, status = node["metadata"]["labels"], node["status"]
    assert node["metadata"]["name"].startswith("ip-10-0-")
    assert node["metadata"]["name"].endswith(".ec2.internal")
    assert labels["eks.amazonaws.com/capacityType"] == "SPOT"
    assert labels["node.kubernetes.io/instance-type"] == "g5.2xlarge"
    assert labels["pool"] == "g5"
    assert {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert node["spec"]["providerID"].startswith("aws:///us-east-1")
    assert (status["capacity"]["cpu"], status["capacity"]["memory"]) == ("8", "32Gi")
    assert status["capacity"]["ephemeral-storage"] == "200Gi"
    assert node["metadata"]["annotations"]["rehearsal/instance-tags"] == "owner=ml"


def test_drain_respects_budget(clean: Cluster) -> None:
    """With maxUnavailable 0 an eviction is refused; the pod stays."""
    deploy(clean, "kept")
    budget = {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "kept"}}}
    meta = {"name": "kept", "namespace": "llm"}
    clean.kube.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": budget})
    until(
        lambda: clean.kube.get("policy/v1", "PodDisruptionBudget", "kept", "llm")["status"].get("expectedPods") == 1,
        "budget observed",
    )
    pod = clean.ready("kept")[0]["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "llm"}}
    with pytest.raises(ApiError, match="disruption budget"):
        clean.kube.create(eviction, subresource="eviction")
    assert [found["metadata"]["name"] for found in clean.ready("kept")] == [pod]


def test_scale_in_drains_and_scales_out_again(clean: Cluster) -> None:
    """The third node comes, and goes again with its pod moved away by eviction."""
    eks = clean.client("eks")

    def scale(count: int) -> None:
        wanted = {"minSize": 0, "maxSize": 3, "desiredSize": count}
        eks.update_nodegroup_config(clusterName="llm", nodegroupName="g5", scalingConfig=wanted)

    before = {node["metadata"]["name"] for node in clean.nodes("g5")}
    scale(3)
    until(lambda: len(clean.nodes("g5")) == 3, "third node")
    until(lambda: all(n["status"]["allocatable"]["nvidia.com/gpu"] == "1" for n in clean.nodes("g5")), "its GPU")
    deploy(clean, "moved", replicas=3)
    scale(2)
    until(lambda: {n["metadata"]["name"] for n in clean.kube.list("v1", "Node") if "g5" in str(n)} == before, "gone")
    until(lambda: len(clean.ready("moved")) == 2, "two pods left")


def test_group_update_reaches_its_nodes(clean: Cluster) -> None:
    """New labels and taints appear on running nodes, old ones go; the nodes stay."""
    eks, name = clean.client("eks"), clean.nodes("system")[0]["metadata"]["name"]
    taint = {"key": "team", "value": "a", "effect": "NO_SCHEDULE"}

    def update(**changes: Any) -> None:
        eks.update_nodegroup_config(clusterName="llm", nodegroupName="system", **changes)

    update(labels={"addOrUpdateLabels": {"team": "a"}}, taints={"addOrUpdateTaints": [taint]})
    node = until(lambda: next((n for n in clean.nodes("system") if n["metadata"]["labels"].get("team")), None), "label")
    assert node["metadata"]["name"] == name
    assert {"key": "team", "value": "a", "effect": "NoSchedule"} in node["spec"]["taints"]
    update(labels={"removeLabels": ["team"]}, taints={"removeTaints": [taint]})
    until(lambda: all("team" not in n["metadata"]["labels"] for n in clean.nodes("system")), "label gone")
    assert "taints" not in clean.nodes("system")[0]["spec"]


def test_agent_killed(clean: Cluster) -> None:
    """kill -9: its containers end with it, and a new agent restarts them under the same address."""
    url = deploy(clean, "again")
    before = clean.pods("again")[0]
    children = psutil.Process(clean.processes["nodes"].pid).children()
    assert children
    clean.kill("nodes")
    assert not psutil.wait_procs(children, timeout=60)[1]
    clean.start("nodes")
    until(
        lambda: [s["restartCount"] for pod in clean.ready("again") for s in pod["status"]["containerStatuses"]] == [1],
        "restarted container ready",
    )
    assert clean.pods("again")[0]["metadata"]["uid"] == before["metadata"]["uid"]
    assert clean.url("again") == url
    assert until(lambda: ask(url), "an answer").status_code == 200


def test_moto_away_is_not_empty(clean: Cluster) -> None:
    """Without an answer from AWS no Node is removed."""
    names = {node["metadata"]["name"] for node in clean.kube.list("v1", "Node")}
    clean.kill("moto")
    until(lambda: clean.status()["aws_problem"], "the agent notices")
    time.sleep(2)
    assert {node["metadata"]["name"] for node in clean.kube.list("v1", "Node")} == names
    clean.start("moto")
    until(lambda: not clean.status()["aws_problem"], "moto is back")
    time.sleep(2)
    assert {node["metadata"]["name"] for node in clean.kube.list("v1", "Node")} == names


def test_api_server_killed(clean: Cluster) -> None:
    """Pods and load balancers do not need the API server to go on; nothing is restarted when it is back."""
    url = deploy(clean, "steady")
    clean.kill("apiserver")
    assert ask(url).status_code == 200
    clean.start("apiserver")
    until(lambda: clean.ready("steady"), "the API is back")
    time.sleep(3)
    pod = clean.ready("steady")[0]
    assert [status["restartCount"] for status in pod["status"]["containerStatuses"]] == [0]
    assert ask(url).status_code == 200
    clean.kube.delete("v1", "Pod", pod["metadata"]["name"], "llm")
    until(lambda: pod["metadata"]["uid"] not in str(clean.pods("steady")), "the watches work again")


def test_readiness_that_another_took_comes_back(clean: Cluster) -> None:
    """The node lifecycle controller sets Ready to False while a node does not report; kubelet sets it back."""
    deploy(clean, "marked")
    name = clean.ready("marked")[0]["metadata"]["name"]
    lost = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    clean.kube.patch("v1", "Pod", name, "llm", lost, kind_of_patch="strategic", subresource="status")
    until(lambda: clean.ready("marked"), "Ready again")
