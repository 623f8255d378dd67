"""The dev stack as committed: its nodes come and go by Karpenter. The tests go on from one another, in this order."""

import pytest

from rehearsal.bench import consistency
from rehearsal.bench.consistency import Clients
from rehearsal.commands.chat_check import ask
from tests.integration.conftest import on_node_groups
from tests.integration.waiting import soon

SERVICE = "llama-3-8b"
POOL = "g5-gpu-karpenter"
CONSOLIDATE_SECONDS = 20
NODE_POOL = "karpenter.sh/v1"
WAIT_SECONDS = 600

pytestmark = pytest.mark.soak_only("minutes")


@pytest.fixture(scope="module")
def dev(stack):
    made = stack("dev")
    made.rehearsal.guardrails = False  # test_gateway has the same pools under them
    made.config["pools"][POOL]["consolidation"] = {
        "policy": "WhenEmptyOrUnderutilized",
        "after_seconds": CONSOLIDATE_SECONDS,
    }
    return made


def nodes_of(kube, pool: str) -> list[dict]:
    return [node for node in kube.list("v1", "Node") if node["metadata"]["labels"].get("llm-platform/pool") == pool]


def instances(rehearsal) -> list[str]:
    """Instances that Karpenter launched and that are not gone."""
    clients = Clients(rehearsal.sandbox)
    try:
        filters = [
            {"Name": "tag-key", "Values": ["karpenter.sh/nodepool"]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]},
        ]
        pages = clients["ec2"].describe_instances(Filters=filters)["Reservations"]
        return [one["InstanceId"] for page in pages for one in page["Instances"]]
    finally:
        clients.close()


def test_an_up_from_nothing(dev, rehearsal):
    result = dev.run("up").check()
    assert set(result.changes) == {"create"}
    assert consistency.differences(rehearsal.sandbox) == []


def test_it_has_the_node_that_its_pod_needed(dev, kube, rehearsal):
    (node,) = nodes_of(kube, POOL)
    labels = node["metadata"]["labels"]
    assert labels["karpenter.sh/nodepool"] == POOL
    assert labels["karpenter.sh/capacity-type"] == "spot"
    assert labels["accelerator"] == "nvidia"
    assert labels["node.kubernetes.io/instance-type"] in dev.config["pools"][POOL]["instance_types"]
    assert {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert len(instances(rehearsal)) == 1
    assert ask(dev.services()[SERVICE])


def test_a_second_up_changes_nothing(dev):
    assert dev.run("up").check().changes == {}


def test_another_limit_changes_the_node_pool_alone(dev):
    dev.config["pools"][POOL]["limits"]["gpus"] = 5
    changed = [urn.split("::")[2].rpartition("$")[2] for urn in dev.run("up").check().changes["update"]]
    assert changed == [f"kubernetes:{NODE_POOL}:NodePool"]


def test_without_a_pod_the_node_and_its_instance_go(dev, kube, rehearsal):
    service = dev.config["services"].pop(SERVICE)
    dev.run("up").check()
    soon(lambda: not nodes_of(kube, POOL), "the empty node goes", WAIT_SECONDS)
    soon(lambda: not instances(rehearsal), "its instance is terminated", WAIT_SECONDS)
    assert kube.list(NODE_POOL, "NodeClaim") == []
    dev.config["services"][SERVICE] = service


def test_a_pool_is_moved_from_a_node_group_in_three_steps(dev, kube, rehearsal):
    """The steps of UPGRADE.md, "Moving a pool to Karpenter", of which the first is there already."""
    karpenter = dev.config["pools"]
    group = on_node_groups(dev).config["pools"]["g5"]
    dev.config["pools"] = {**karpenter, "g5": {**group, "min": 1}}
    dev.run("up").check()
    assert (len(nodes_of(kube, "g5")), nodes_of(kube, POOL)) == (1, [])
    dev.config["services"][SERVICE]["pool"] = POOL
    moved = dev.run("up").check().changes
    assert set(moved) == {"update"}
    assert len(nodes_of(kube, POOL)) == 1
    assert ask(dev.services()[SERVICE])
    dev.config["pools"] = karpenter
    removed = dev.run("up").check().changes
    assert set(removed) == {"delete"}
    assert all(urn.rpartition("::")[2] == "llm-g5" for urn in removed["delete"])
    soon(lambda: not nodes_of(kube, "g5"), "the nodes of the node group go", WAIT_SECONDS)
