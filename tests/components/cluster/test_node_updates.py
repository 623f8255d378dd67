"""Releases of nodes, and what the transforms set on the node group that ``eks.ManagedNodeGroup`` makes."""

from typing import Any

import pulumi
import pytest

from components.cluster.node_updates import NODE_GROUP, node_updates, release
from settings.models.cluster import ClusterSettings
from settings.models.node_release import DEFAULT_RELEASES
from settings.models.pools import CpuPool, GpuPool
from tests.components.builders import ADMIN, cluster
from tests.harness import Registration

BY_THE_COMPONENT = {"subnetIds": ["subnet-1"], "version": "1.35"}


def group(pool: str, **settings: Any) -> Registration:
    return cluster(**settings).one("eks:index:ManagedNodeGroup", f"llm-{pool}")


def settings(**changes: Any) -> ClusterSettings:
    return ClusterSettings.model_validate({"api_access": {"private": True}, "admins": [ADMIN], **changes})


def gpu_pool(**changes: Any) -> GpuPool:
    return GpuPool.model_validate({"kind": "gpu", "instance_types": ["g5.2xlarge"], "max": 2, **changes})


def test_gpu_pools_are_updated_one_node_at_a_time_without_capacity_above_their_size():
    inputs, _ = group("g5").child(NODE_GROUP, BY_THE_COMPONENT)
    assert inputs["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert inputs["subnetIds"] == ["subnet-1"], "what the component sets stays"


def test_pools_without_gpus_keep_the_strategy_of_eks():
    for pool in ("system", "batch"):
        assert "updateConfig" not in group(pool).child(NODE_GROUP, BY_THE_COMPONENT)[0]


def test_no_other_resource_of_the_component_is_changed():
    assert group("g5").child("aws:ec2/launchTemplate:LaunchTemplate", {"name": "x"}) == ({"name": "x"}, ())


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (gpu_pool(update_strategy="default"), {"maxUnavailable": 1, "updateStrategy": "DEFAULT"}),
        (
            CpuPool(kind="cpu", instance_types=("m5.large",), max=2, update_strategy="minimal"),
            {"maxUnavailable": 1, "updateStrategy": "MINIMAL"},
        ),
    ],
)
def test_the_strategy_is_a_setting_of_the_pool(pool, expected):
    args = pulumi.ResourceTransformArgs(
        custom=True, type_=NODE_GROUP, name="x", props={}, opts=pulumi.ResourceOptions()
    )
    result = node_updates(pool, settings())(args)
    assert result is not None
    assert result.props["updateConfig"] == expected


def test_new_pools_get_the_release_of_the_table_and_existing_ones_keep_theirs():
    made = group("g5")
    assert made.inputs["releaseVersion"] == DEFAULT_RELEASES["1.35"]
    assert made.child(NODE_GROUP, BY_THE_COMPONENT)[1] == ("releaseVersion",)
    assert group("system").child(NODE_GROUP, BY_THE_COMPONENT)[1] == ("releaseVersion",)


def test_a_release_that_is_set_moves_existing_pools_too():
    made = group("g5", node_release="1.35.7-20260901")
    assert made.inputs["releaseVersion"] == "1.35.7-20260901"
    assert made.child(NODE_GROUP, BY_THE_COMPONENT)[1] == ()


def test_a_pool_s_own_release_comes_first():
    assert (
        release(gpu_pool(node_release="1.35.8-20261001"), settings(node_release="1.35.7-20260901")) == "1.35.8-20261001"
    )


def test_a_version_without_a_known_release_gets_the_newest():
    assert release(gpu_pool(), settings(version="1.37")) is None


def test_pods_that_hold_up_an_update_are_ended_only_where_it_is_set():
    assert "forceUpdateVersion" not in group("g5").inputs
    assert group("g5", force_update_version=True).inputs["forceUpdateVersion"] is True
