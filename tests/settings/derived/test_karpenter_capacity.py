"""Nodes that Karpenter launches for services, and what its limits still allow."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.derived.capacity import pool_facts, requested_gpus, surges
from settings.derived.karpenter_capacity import most_nodes, needed_types, smallest_for, taken
from settings.models.pools import KarpenterCpuPool, KarpenterGpuPool, PoolFacts
from settings.models.services.base import Demand
from settings.models.services.ollama import OllamaSettings
from tests.settings.derived.test_capacity import service
from tests.settings.models.pools.karpenter_pools import CPU, GPU


def gpu_pool(**changes: Any) -> KarpenterGpuPool:
    """A pool of g5 with one or four GPUs."""
    return KarpenterGpuPool.model_validate({**GPU, **changes})


def facts(services: dict[str, Any], **changes: Any) -> PoolFacts:
    """What follows for it."""
    return pool_facts({"g5": gpu_pool(**changes)}, services)["g5"]


def names(pool: KarpenterGpuPool | KarpenterCpuPool, services: dict[str, Any]) -> list[str]:
    """The types of the needed nodes."""
    return [machine.name for machine in needed_types(pool, services)]


def test_each_replica_is_on_the_smallest_type_that_holds_it() -> None:
    services = {"one": service(replicas=2), "four": service(tensor_parallel=4)}
    assert names(gpu_pool(), services) == ["g5.xlarge", "g5.xlarge", "g5.12xlarge"]


def test_replicas_of_one_size_share_nodes() -> None:
    assert names(gpu_pool(), {"two": service(tensor_parallel=2, replicas=3)}) == ["g5.12xlarge", "g5.12xlarge"]


def test_a_replica_that_no_type_holds_needs_no_node() -> None:
    assert names(gpu_pool(instance_types=["g5.xlarge"]), {"four": service(tensor_parallel=4)}) == []


def test_replicas_without_gpus_take_the_smallest_type_with_room() -> None:
    pool = KarpenterCpuPool.model_validate(CPU)
    small = OllamaSettings(kind="ollama", model="llama3.1:8b", pool="c", replicas=1, cpu=2, memory_gib=5)
    large = small.model_copy(update={"cpu": 6, "memory_gib": 12})
    assert names(pool, {"small": small, "large": large}) == ["c6i.xlarge", "m6i.2xlarge"]
    assert smallest_for(pool.machines, Demand(vcpus=100)) is None


def test_no_service_is_no_node_and_the_whole_limit_is_left() -> None:
    found = facts({})
    assert (found.desired, found.spare_gpus, found.limit_gpus, found.limit_vcpus) == (0, 4, 4, None)
    assert (found.provisioner, found.update_strategy, found.gpus_per_node) == ("karpenter", None, 4)


def test_the_most_is_the_limit_in_smallest_nodes_and_one_that_overshoots() -> None:
    assert most_nodes(gpu_pool()) == facts({}).max == 5
    assert most_nodes(KarpenterCpuPool.model_validate(CPU)) == 9


@pytest.mark.parametrize(
    ("limit", "team", "spare"),
    [(4, 0, 1), (4, 3, 0), (5, 0, 4), (1, 0, 0)],
)
def test_a_surge_needs_room_in_the_limit_for_a_whole_node(limit: int, team: int, spare: int) -> None:
    found = facts({"one": service()}, limits={"gpus": limit}, team_gpus=team)
    assert found.spare_gpus == spare
    assert surges(service(), found) is (spare >= 1)
    assert surges(service(tensor_parallel=2), found) is (spare >= 2)


_TYPES = ["g5.xlarge", "g5.2xlarge", "g5.8xlarge", "g5.12xlarge", "g5.24xlarge", "g5.48xlarge"]


@given(
    types=st.lists(st.sampled_from(_TYPES), min_size=1, max_size=4, unique=True),
    limit=st.integers(1, 64),
    team=st.integers(0, 8),
    replicas=st.lists(st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(1, 4)), max_size=4),
)
def test_nodes_hold_the_services_and_a_surge_stays_within_the_limit(
    types: list[str], limit: int, team: int, replicas: list[tuple[int, int]]
) -> None:
    pool = gpu_pool(instance_types=types, limits={"gpus": limit}, team_gpus=team)
    services = {
        f"s{place}": service(tensor_parallel=gpus, replicas=count) for place, (gpus, count) in enumerate(replicas)
    }
    held = {name: one for name, one in services.items() if one.gpus <= pool.gpus_per_node}
    found, nodes = pool_facts({"g5": pool}, services)["g5"], needed_types(pool, services)
    assert len(nodes) == found.desired
    assert sum(machine.gpus for machine in nodes) >= requested_gpus("g5", held)
    assert taken(pool, services) >= requested_gpus("g5", held) + (team if held or team else 0)
    for one in services.values():
        machine = smallest_for(pool.machines, one.demand)
        room = machine is not None and taken(pool, services) + machine.gpus <= limit
        assert surges(one, found) is room
