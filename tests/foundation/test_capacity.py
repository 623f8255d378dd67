"""Nodes and spare GPUs."""

from hypothesis import given
from hypothesis import strategies as st

from foundation.capacity import for_team, nodes_to_pack, pool_facts, surges
from foundation.pool_settings import GpuPool, PoolFacts
from foundation.service_settings import HubWeights, ServiceSettings


def service(**changes: object) -> ServiceSettings:
    """A service of one GPU on pool g5."""
    weights = HubWeights(source="hub", size_gib=8)
    plain = {"model": "Qwen/Qwen3-4B", "pool": "g5", "max_model_len": 8192, "weights": weights}
    return ServiceSettings.model_validate(plain | changes)


def facts(services: dict[str, ServiceSettings], **changes: object) -> PoolFacts:
    """What follows for a pool of four-GPU nodes."""
    plain = {"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 9}
    return pool_facts({"g5": GpuPool.model_validate(plain | changes)}, services)["g5"]


def test_desired_nodes_hold_the_services_and_what_is_kept_for_teams() -> None:
    pool = facts({"one": service(replicas=3), "two": service(tensor_parallel=2)}, team_gpus=4)
    assert (pool.desired, pool.spare_gpus, pool.team_gpus) == (3, 3, 4)


def test_min_counts_when_services_ask_for_less() -> None:
    pool = facts({"one": service()}, min=2)
    assert (pool.desired, pool.spare_gpus) == (2, 7)


def test_services_on_other_pools_do_not_count() -> None:
    assert facts({"one": service(pool="other")}).desired == 0


def test_a_rollout_surges_only_into_gpus_that_are_spare() -> None:
    assert surges(service(tensor_parallel=3), facts({"one": service()}))
    assert not surges(service(tensor_parallel=4), facts({"one": service()}))
    assert not surges(service(), for_team(facts({"one": service()})))


def test_replicas_are_not_split_over_nodes() -> None:
    assert nodes_to_pack(4, [3, 3, 2]) == 3
    assert nodes_to_pack(8, [4, 4, 4, 4]) == 2
    assert nodes_to_pack(4, []) == 0


@given(replicas=st.lists(st.integers(1, 8)))
def test_packing_never_needs_fewer_nodes_than_the_sum_says(replicas: list[int]) -> None:
    nodes = nodes_to_pack(8, replicas)
    assert -(-sum(replicas) // 8) <= nodes <= len(replicas)
