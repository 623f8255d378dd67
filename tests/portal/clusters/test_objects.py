"""What the portal reads of nodes, NodeClaims, pods and events."""

from typing import Any

import pytest

from portal.clusters import objects
from tests.portal import cluster_api as given
from tests.portal.cluster_api import LAUNCHED, LAUNCHING, READY, REGISTERING, UNSCHEDULABLE


def test_a_node_of_karpenter_and_one_of_a_node_group():
    one = objects.node(given.node("ip-1", "g5", "g5.12xlarge"), 3)
    assert (one.pool, one.instance_type, one.zone, one.capacity_type) == ("g5", "g5.12xlarge", "us-east-1a", "spot")
    assert (one.gpus_used, one.gpus, one.state) == (3, 4, "ready")
    other = objects.node(given.of_group("ip-2", "system"), 0)
    assert (other.pool, other.capacity_type, other.gpus) == ("system", "on-demand", 0)


def test_gpus_of_a_type_that_no_table_has_are_those_it_registered():
    one = objects.node(given.node("ip-1", "g9", "g9.xlarge", capacity={"nvidia.com/gpu": "2"}), 0)
    assert one.gpus == 2


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "ready"),
        ({"labels": {"karpenter.sh/initialized": ""}}, "starting"),
        ({"conditions": [{"type": "Ready", "status": "False", "reason": "KubeletNotReady"}]}, "starting"),
        ({"conditions": []}, "starting"),
        ({"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]}, "not-ready"),
        ({"spec": {"unschedulable": True}}, "draining"),
        ({"spec": {"taints": [{"key": "karpenter.sh/disrupted", "effect": "NoSchedule"}]}}, "draining"),
    ],
)
def test_states_of_a_node(more: dict[str, Any], state: str):
    assert objects.node(given.node("ip-1", "g5", "g5.xlarge", **more), 0).state == state


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        (LAUNCHING, "Karpenter requests an instance from EC2 (object is awaiting reconciliation)"),
        ((("Launched", "Unknown", "LaunchFailed", "no subnet"),), "EC2 refused to launch it: no subnet"),
        (
            REGISTERING,
            "the instance starts, and has not joined the cluster yet (NodeNotFound: Node not registered with cluster)",
        ),
        (
            (
                *((kind, "True", kind, "") for kind in ("Launched", "Registered")),
                ("Initialized", "Unknown", "NodeNotReady", "Node status is NotReady"),
            ),
            "the node has joined, and is not ready for pods yet (NodeNotReady: Node status is NotReady)",
        ),
        ((), "Karpenter requests an instance from EC2"),
    ],
)
def test_what_a_claim_waits_for(conditions: Any, reason: str):
    found = objects.claim(given.claim("g5-abcde", "g5", *conditions, **LAUNCHED))
    assert found is not None
    assert found.reason == reason
    assert (found.pool, found.instance_type, found.capacity_type) == ("g5", "g5.2xlarge", "on-demand")


def test_a_claim_whose_node_is_ready_waits_for_nothing():
    assert objects.claim(given.claim("g5-abcde", "g5", ("Ready", "True", "Ready", ""))) is None


def test_a_refusal_names_its_pool_though_its_claim_is_gone():
    found = objects.refusal(given.no_capacity("g5-gpu-x7k2p"), {"g5", "g5-gpu"})
    assert found is not None
    assert found.pool == "g5-gpu"
    assert found.reason.startswith("EC2 has no capacity: creating instance")
    assert objects.refusal(given.nominated("p", "node/ip-1"), {"g5"}) is None


def test_pods_with_their_gpus_and_what_they_wait_for():
    waiting, starting = given.pod("a", **UNSCHEDULABLE), given.pod("b", node="ip-1")
    starting["status"]["containerStatuses"] = [{"name": "vllm", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]
    found = [objects.pod(one) for one in (waiting, starting, given.pod("c", node="ip-1", **READY))]
    assert [one and one.reason for one in found] == [
        "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        "container vllm: ImagePullBackOff",
        "",
    ]
    assert [one and one.ready for one in found] == [False, False, True]
    assert objects.gpus_by_node(one for one in found if one) == {"ip-1": 2}
    assert objects.pod(given.pod("d", node="ip-1", phase="Succeeded")) is None


def test_the_newest_nomination_counts():
    older = given.nominated("a", "nodeclaim/g5-old")
    older["lastTimestamp"] = given.ago(minutes=5)
    events = [given.nominated("a", "nodeclaim/g5-new, node/ip-9"), older, given.no_capacity("g5-x")]
    assert objects.nominations(events) == {("dev-search", "a"): "g5-new"}
