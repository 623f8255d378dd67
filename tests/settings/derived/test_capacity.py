"""Nodes and spare GPUs."""

from hypothesis import given
from hypothesis import strategies as st

from settings.derived.capacity import _together, for_team, node_zones, nodes_for_room, pool_facts, surges
from settings.derived.node_room import nodes_to_pack
from settings.models.network import NetworkSettings
from settings.models.pools import CpuPool, GpuPool, PoolFacts
from settings.models.services.base import Demand
from settings.models.services.vllm import HubWeights, VllmSettings


def service(**changes: object) -> VllmSettings:
    """A service of one GPU on pool g5."""
    weights = HubWeights(source="hub", size_gib=8)
    plain = {"model": "Qwen/Qwen3-4B", "pool": "g5", "max_model_len": 8192, "weights": weights}
    return VllmSettings.model_validate(plain | changes)


def facts(services: dict[str, VllmSettings], **changes: object) -> PoolFacts:
    """What follows for a pool of four-GPU nodes."""
    plain = {"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 9}
    return pool_facts({"g5": GpuPool.model_validate(plain | changes)}, services)["g5"]


def test_desired_nodes_hold_the_services_and_what_is_kept_for_teams() -> None:
    pool = facts({"one": service(replicas=3), "two": service(tensor_parallel=2)}, team_gpus=4)
    # Three of twelve are free, and may be one on each node.
    assert (pool.desired, pool.spare_gpus, pool.team_gpus) == (3, 1, 4)


def test_min_counts_when_services_ask_for_less() -> None:
    pool = facts({"one": service()}, min=2)
    assert (pool.desired, pool.spare_gpus) == (2, 4)


def test_services_on_other_pools_do_not_count() -> None:
    assert facts({"one": service(pool="other")}).desired == 0


def test_a_rollout_surges_only_into_gpus_that_are_spare() -> None:
    assert surges(service(tensor_parallel=3), facts({"one": service()}))
    assert not surges(service(tensor_parallel=4), facts({"one": service()}))
    assert not surges(service(), for_team(facts({"one": service()})))


def test_a_rollout_does_not_count_on_gpus_of_two_nodes() -> None:
    both = {"small": service(replicas=4), "mid": service(tensor_parallel=2)}
    assert not surges(service(tensor_parallel=2), facts(both, min=2))
    even = {"one": service(tensor_parallel=2, replicas=3)}
    assert surges(service(tensor_parallel=2), facts(even, min=2))


def test_nodes_that_are_enough_however_replicas_are_spread() -> None:
    pool = GpuPool.model_validate({"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 9})
    mixed = {"small": service(replicas=4), "large": service(tensor_parallel=4)}
    assert nodes_for_room("g5", pool, mixed, 4) == 5
    assert nodes_for_room("g5", pool, mixed, 1) == 2
    alike = {"large": service(tensor_parallel=4, replicas=3)}
    assert nodes_for_room("g5", pool, alike, 4) == 3
    # Of three GPUs for team stacks each may be on another node.
    shared = pool.model_copy(update={"team_gpus": 3})
    assert nodes_for_room("g5", shared, alike, 4) == 12


def test_zones_with_nodes_are_those_of_the_pools_in_the_order_of_the_network() -> None:
    network = NetworkSettings(zones=("b", "a", "c"))
    plain = {"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 9}
    pools = {zones: GpuPool.model_validate(plain | {"zones": list(zones)}) for zones in ("a", "c")}
    assert node_zones(network, pools) == ("a", "c")
    assert node_zones(network, pools | {"all": GpuPool.model_validate(plain)}) == ("b", "a", "c")
    assert node_zones(network, {}) == ()


@given(st.integers(1, 4), st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_what_is_sure_to_be_free_is_free_however_it_is_spread(step: int, held: list[int]) -> None:
    free = [4 * step - min(count, 4) * step for count in held]
    assert _together(sum(free), len(free), step) <= max(free)


def test_replicas_are_not_split_over_nodes() -> None:
    assert nodes_to_pack(4, [3, 3, 2]) == 3
    assert nodes_to_pack(8, [4, 4, 4, 4]) == 2
    assert nodes_to_pack(4, []) == 0


@given(replicas=st.lists(st.integers(1, 8)))
def test_packing_never_needs_fewer_nodes_than_the_sum_says(replicas: list[int]) -> None:
    nodes = nodes_to_pack(8, replicas)
    assert -(-sum(replicas) // 8) <= nodes <= len(replicas)


class _OnCpus(VllmSettings):
    """A service that requests vCPUs and memory, each replica on a node of its own."""

    pool_kinds = ("cpu",)

    @property
    def demand(self) -> Demand:
        """Seven of eight vCPUs."""
        return Demand(vcpus=7, memory_gib=12, one_per_node=self.served_model_name == "apart")

    @property
    def gpus(self) -> int:
        """None."""
        return 0


def on_cpus(nodes: CpuPool, **changes: object) -> int:
    """Nodes of a pool with one service without GPUs."""
    plain = {"model": "Qwen/Qwen3-4B", "pool": "cpu", "max_model_len": 8192, "weights": {"source": "hub"}}
    return pool_facts({"cpu": nodes}, {"it": _OnCpus.model_validate(plain | changes)})["cpu"].desired


def test_replicas_without_gpus_need_nodes_by_cpu_and_memory() -> None:
    small = CpuPool(kind="cpu", instance_types=("c6a.2xlarge",), max=4)
    large = CpuPool(kind="cpu", instance_types=("c6a.4xlarge",), max=4)
    assert on_cpus(small, replicas=2) == 2
    assert on_cpus(large, replicas=2) == 1
    assert on_cpus(large, replicas=2, served_model_name="apart") == 2
    assert on_cpus(small, replicas=2, pool="other") == 0
