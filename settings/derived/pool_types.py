"""Instance types of a pool that a replica may run on, and its share of a node whichever of them it is."""

from planner.catalog.instances import InstanceType
from settings.derived.karpenter_capacity import smallest_for
from settings.derived.node_room import holds, karpenter_room
from settings.models.pools import PoolFacts
from settings.models.services.base import Demand


def types_for(pool: PoolFacts, demand: Demand) -> tuple[InstanceType, ...]:
    """Types that a replica may run on: of a Karpenter pool those that hold it, which it launches no other for; of a node
    group all. All too where none holds it, which is an issue of its own.
    """
    if pool.provisioner == "node_group":
        return pool.machines
    return tuple(machine for machine in pool.machines if holds(machine, demand, karpenter_room)) or pool.machines


def has_room(pool: PoolFacts, demand: Demand) -> bool:
    """Whether a pool has a node for a replica: any node of a node group, one type of a Karpenter pool."""
    if pool.provisioner == "node_group":
        return all(holds(machine, demand) for machine in pool.machines)
    return any(holds(machine, demand, karpenter_room) for machine in pool.machines)


def vcpus_of_a_gpu(pool: PoolFacts, gpus: int) -> float:
    """VCPUs of a node for each of its GPUs, the least over the types that a replica of ``gpus`` may run on."""
    return min(machine.vcpus / machine.gpus for machine in types_for(pool, Demand(gpus=gpus)))


def weakest_type(pool: PoolFacts, gpus: int) -> InstanceType:
    """The type with the least main memory for each GPU, of those that a replica of ``gpus`` may run on."""
    return min(types_for(pool, Demand(gpus=gpus)), key=lambda machine: machine.memory_gib / machine.gpus)


def expected_type(pool: PoolFacts, demand: Demand) -> InstanceType:
    """The type whose price and size stand for a replica's node: of a Karpenter pool the smallest that holds it, else the first."""
    smallest = smallest_for(pool.machines, demand) if pool.provisioner == "karpenter" else None
    return smallest or pool.machines[0]
