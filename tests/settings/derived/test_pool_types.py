"""Types that a replica may run on, and its share of a node."""

import pytest

from settings.derived.pool_types import expected_type, types_for, vcpus_of_a_gpu, weakest_type
from settings.models.pools import PoolFacts
from settings.models.services.base import Demand


def pool(*types: str, provisioner: str = "karpenter") -> PoolFacts:
    """A pool of these types."""
    plain = {"kind": "gpu", "gpus_per_node": 4, "desired": 1, "max": 1, "labels": {}, "taints": ()}
    return PoolFacts.model_validate({**plain, "provisioner": provisioner, "instance_types": types})


G5 = ("g5.xlarge", "g5.2xlarge", "g5.12xlarge", "g5.24xlarge")


@pytest.mark.parametrize(
    ("gpus", "types", "vcpus", "weakest"),
    [(1, G5, 4, "g5.xlarge"), (2, G5[2:], 12, "g5.12xlarge"), (4, G5[2:], 12, "g5.12xlarge")],
)
def test_the_least_share_is_over_types_with_gpus_enough(
    gpus: int, types: tuple[str, ...], vcpus: float, weakest: str
) -> None:
    found = pool(*G5)
    assert tuple(machine.name for machine in types_for(found, Demand(gpus=gpus))) == types
    assert vcpus_of_a_gpu(found, gpus) == vcpus
    assert weakest_type(found, gpus).name == weakest


def test_any_type_of_a_node_group_may_come() -> None:
    group = pool("c6i.xlarge", "c6i.2xlarge", provisioner="node_group")
    assert len(types_for(group, Demand(vcpus=6))) == 2
    assert [one.name for one in types_for(pool("c6i.xlarge", "c6i.2xlarge"), Demand(vcpus=6))] == ["c6i.2xlarge"]


def test_where_no_type_holds_a_replica_all_are_judged() -> None:
    assert len(types_for(pool("g5.xlarge", "g5.2xlarge"), Demand(gpus=8))) == 2


@pytest.mark.parametrize(
    ("gpus", "provisioner", "expected"),
    [
        (1, "karpenter", "g5.xlarge"),
        (2, "karpenter", "g5.12xlarge"),
        (2, "node_group", "g5.24xlarge"),
        (8, "karpenter", "g5.24xlarge"),
    ],
)
def test_the_expected_type_is_the_smallest_that_holds_a_replica(gpus: int, provisioner: str, expected: str) -> None:
    assert expected_type(pool(*reversed(G5), provisioner=provisioner), Demand(gpus=gpus)).name == expected
