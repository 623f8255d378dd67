"""Pools that are managed node groups."""

import pytest

from planner.catalog.instances import instance_types
from settings.models.pools import GpuPool
from tests.settings.models.pools.karpenter_pools import read

GROUP = {"kind": "gpu", "instance_types": ["g5.xlarge"], "max": 2}


def test_a_pool_is_a_node_group_unless_it_says_otherwise() -> None:
    plain, _ = read(GROUP)
    stated, _ = read({**GROUP, "provisioner": "node_group"})
    assert isinstance(plain, GpuPool)
    assert plain == stated


@pytest.mark.parametrize(
    ("key", "value", "fix"),
    [
        ("limits", {"gpus": 4}, "use min and max"),
        ("capacity_types", ["spot"], "use capacity"),
        ("consolidation", {"policy": "WhenEmpty"}, "omit it"),
        ("expire_after_hours", 10, "omit it"),
        ("termination_grace_seconds", 60, "omit it"),
        ("capacity_reservations", [], "omit it"),
    ],
)
def test_keys_of_a_karpenter_pool_are_refused_with_both_ways_out(key: str, value: object, fix: str) -> None:
    _, issues = read({**GROUP, key: value})
    assert [issue.path for issue in issues] == [f"pools.k.{key}"]
    assert "set provisioner: karpenter" in issues[0].message
    assert issues[0].message.endswith(fix)


def test_types_of_a_node_group_have_equally_many_gpus() -> None:
    _, issues = read({**GROUP, "instance_types": ["g5.xlarge", "g5.12xlarge"]})
    assert "or set provisioner: karpenter" in issues[0].message


def test_a_node_group_has_no_more_types_than_eks_takes() -> None:
    names = sorted(name for name, machine in instance_types().items() if not machine.gpus)
    pool = {"kind": "cpu", "max": 1}
    _, issues = read({**pool, "instance_types": names[:20]})
    assert issues == []
    _, issues = read({**pool, "instance_types": names[:21]})
    assert "instance_types has 21, and a node group takes 20: omit some" in issues[0].message
