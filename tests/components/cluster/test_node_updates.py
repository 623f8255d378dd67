"""What the transforms set on the node group that ``eks.ManagedNodeGroup`` makes."""

from components.cluster.node_updates import NODE_GROUP
from tests.components.builders import cluster

BY_THE_COMPONENT = {"subnetIds": ["subnet-1"], "version": "1.35"}


def test_gpu_pools_are_updated_one_node_at_a_time_without_capacity_above_their_size():
    group = cluster().one("eks:index:ManagedNodeGroup", "llm-g5")
    inputs, _ = group.child(NODE_GROUP, BY_THE_COMPONENT)
    assert inputs["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert inputs["subnetIds"] == ["subnet-1"], "what the component sets stays"


def test_pools_without_gpus_keep_the_strategy_of_eks():
    for pool in ("llm-system", "llm-batch"):
        group = cluster().one("eks:index:ManagedNodeGroup", pool)
        assert "updateConfig" not in group.child(NODE_GROUP, BY_THE_COMPONENT)[0]


def test_no_other_resource_of_the_component_is_changed():
    group = cluster().one("eks:index:ManagedNodeGroup", "llm-g5")
    assert group.child("aws:ec2/launchTemplate:LaunchTemplate", {"name": "x"}) == ({"name": "x"}, ())
