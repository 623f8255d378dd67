"""Pools that Karpenter launches nodes for."""

from typing import Any

import pytest

from settings.models.pools import Consolidation, CpuPool, GpuPool, KarpenterCpuPool, KarpenterGpuPool
from tests.settings.models.pools.karpenter_pools import CPU, GPU, read


def test_types_of_one_gpu_may_differ_in_size_and_count() -> None:
    pool, issues = read(GPU)
    assert not issues
    assert isinstance(pool, KarpenterGpuPool)
    assert pool.gpus_per_node == 4
    assert pool.limits.gpus == 4


def test_defaults_of_a_pool() -> None:
    pool, _ = read(CPU)
    assert isinstance(pool, KarpenterCpuPool)
    assert pool.capacity_types == ("on_demand",)
    assert (pool.expire_after_hours, pool.termination_grace_seconds, pool.disk_gib) == (720, 1800, 80)


def test_consolidation_is_careful_where_the_stack_is_protected() -> None:
    pool, _ = read(GPU)
    assert isinstance(pool, KarpenterGpuPool)
    assert pool.consolidates(protect=True) == Consolidation(policy="WhenEmpty", after_seconds=600)
    assert pool.consolidates(protect=False) == Consolidation(policy="WhenEmptyOrUnderutilized", after_seconds=300)
    own, _ = read({**GPU, "consolidation": {"policy": "WhenEmpty", "after_seconds": 30}})
    assert isinstance(own, KarpenterGpuPool)
    assert own.consolidates(protect=False).after_seconds == 30


@pytest.mark.parametrize(("types", "capacity"), [(["on_demand"], "on_demand"), (["on_demand", "spot"], "spot")])
def test_a_pool_counts_as_spot_where_any_node_may_be(types: list[str], capacity: str) -> None:
    pool, _ = read({**GPU, "capacity_types": types})
    assert pool
    assert pool.capacity == capacity


def test_labels_and_taints_are_those_of_a_node_group() -> None:
    for of_karpenter, group in (
        (KarpenterGpuPool.model_validate(GPU), GpuPool(kind="gpu", instance_types=("g5.xlarge",), max=1)),
        (KarpenterCpuPool.model_validate(CPU), CpuPool(kind="cpu", instance_types=("m5.xlarge",), max=1)),
    ):
        assert of_karpenter.taints == group.taints
        assert of_karpenter.labels("x") == group.labels("x")


@pytest.mark.parametrize(
    ("change", "path", "fix"),
    [
        ({"min": 0}, "min", "use limits: {gpus: 4}"),
        ({"max": 2}, "max", "use limits: {gpus: 4}"),
        ({"capacity": "spot"}, "capacity", "write capacity_types"),
        ({"update_strategy": "minimal"}, "update_strategy", "omit it"),
        ({"node_release": "1.35.6-20260714"}, "node_release", "cluster.node_release"),
        ({"limts": {}}, "limts", "did you mean limits?"),
        ({"limits": {"vcpus": 8}}, "limits.vcpus", "did you mean gpus?"),
        ({"limits": {"gpus": 0}}, "limits.gpus", "1 at least"),
        ({"limits": 4}, "limits", "write a map"),
        ({"instance_types": ["g5.xlarge", "g6.xlarge"]}, "", "different GPUs"),
        ({"instance_types": ["g5.xlarge", "m5.xlarge"]}, "", "m5.xlarge has no GPU"),
        ({"capacity_types": []}, "capacity_types", "name on_demand, spot or reserved"),
        ({"capacity_types": ["spot", "spot"]}, "capacity_types", "name each once"),
        ({"capacity_types": ["on-demand"]}, "capacity_types[0]", "'on_demand'"),
        ({"capacity_types": ["reserved", "spot"]}, "", "name the ids"),
        ({"capacity_reservations": ["cr-0123456789abcdef0"]}, "", 'set capacity_types: ["reserved", "on_demand"]'),
        ({"capacity_reservations": ["cr-1"]}, "capacity_reservations[0]", "cr-0123456789abcdef0"),
        ({"consolidation": {"policy": "Always"}}, "consolidation.policy", "'WhenEmpty'"),
        ({"consolidation": {}}, "consolidation.policy", "is missing"),
        ({"termination_grace_seconds": 5}, "termination_grace_seconds", "60 at least"),
        ({"expire_after_hours": 0}, "expire_after_hours", "1 at least"),
        ({"zones": ["a", "a"]}, "", "name each once"),
    ],
)
def test_a_mistake_is_one_line_with_its_key_and_the_fix(change: dict[str, Any], path: str, fix: str) -> None:
    pool, issues = read({**GPU, **change})
    assert pool is None
    found = [issue for issue in issues if fix in issue.message]
    assert [issue.path for issue in found] == [f"pools.k.{path}" if path else "pools.k"], issues


def test_limits_are_required() -> None:
    _, issues = read({key: value for key, value in CPU.items() if key != "limits"})
    assert [str(issue) for issue in issues] == [
        "llm-platform:pools.k.limits: is missing: The most it launches, such as {vcpus: 32}"
    ]


def test_a_cpu_pool_names_its_own_limits() -> None:
    _, issues = read({**CPU, "max": 3})
    assert [issue.path for issue in issues] == ["pools.k.max"]
    assert issues[0].message.endswith("use limits: {vcpus: 32}")


def test_types_with_gpus_are_not_of_a_cpu_pool() -> None:
    _, issues = read({**CPU, "instance_types": ["g5.xlarge"]})
    assert "make it kind gpu" in issues[0].message
