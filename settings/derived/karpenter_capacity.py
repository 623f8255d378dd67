"""Nodes that Karpenter launches for a pool's services, and what its limits still allow.

Which types it takes is for EC2 to decide at the time; here each replica is on the smallest type that holds it, and replicas
of one size share nodes. Karpenter launches nothing that would exceed a limit by what it knows, but many pods at once are
launched before it knows: the overshoot is a batch of nodes, counted as one of the largest type
(https://karpenter.sh/docs/concepts/nodepools/#speclimits: limits are eventually consistent).
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from planner.catalog.instances import InstanceType
from settings.derived.node_room import holds, karpenter_room, nodes_by_cpu, nodes_to_pack
from settings.models.pools import KarpenterGpuPool, KarpenterNodePool
from settings.models.services.base import Demand, ServiceSettings


def limit_of(pool: KarpenterNodePool) -> int:
    """The limit of a pool: GPUs, or vCPUs of one without GPUs."""
    return pool.limits.gpus if isinstance(pool, KarpenterGpuPool) else pool.limits.vcpus


def size_of(machine: InstanceType) -> int:
    """What a node of a type takes of its pool's limit: GPUs, or vCPUs where it has none."""
    return machine.gpus or machine.vcpus


def smallest_for(machines: Sequence[InstanceType], demand: Demand) -> InstanceType | None:
    """The smallest type, then the cheapest, that holds a replica; None if none does."""
    holding = [machine for machine in machines if holds(machine, demand, karpenter_room)]
    return min(holding, key=_by_size) if holding else None


def needed_types(pool: KarpenterNodePool, services: Mapping[str, ServiceSettings]) -> tuple[InstanceType, ...]:
    """Types of the nodes that these services need, all of which run on ``pool``; a replica that no type holds needs none."""
    groups: dict[InstanceType, dict[str, ServiceSettings]] = defaultdict(dict)
    for name, service in services.items():
        if machine := smallest_for(pool.machines, service.demand):
            groups[machine][name] = service
    found: list[InstanceType] = []
    for machine, group in groups.items():
        if machine.gpus:
            count = nodes_to_pack(machine.gpus, [one.gpus for one in group.values() for _ in range(one.most_replicas)])
        else:
            count = nodes_by_cpu([machine], group, karpenter_room)
        found += [machine] * count
    return tuple(found)


def taken(pool: KarpenterNodePool, services: Mapping[str, ServiceSettings]) -> int:
    """What of its limit the nodes of these services take, and those of the GPUs that it keeps for team stacks."""
    nodes = needed_types(pool, services)
    total = sum(map(size_of, nodes))
    if not isinstance(pool, KarpenterGpuPool):
        return total
    free = total - sum(one.gpus * one.most_replicas for one in services.values() if one.gpus <= pool.gpus_per_node)
    smallest = min(map(size_of, pool.machines))
    return total + math.ceil(max(0, pool.team_gpus - free) / smallest) * smallest


def most_nodes(pool: KarpenterNodePool) -> int:
    """Nodes it may run: as many of the smallest type as the limit allows, and one that overshoots it."""
    return limit_of(pool) // min(map(size_of, pool.machines)) + 1


def at_limit(limit: int, machines: Sequence[InstanceType], each: Callable[[InstanceType], float]) -> float:
    """The most that nodes within a limit have of something, all of the type with the most of it for what it takes.

    Args:
        limit: GPUs, or vCPUs of a pool without GPUs.
        machines: the pool's types.
        each: how much a node of a type has.
    """
    return limit * max(each(machine) / size_of(machine) for machine in machines)


def most_vcpus(pool: KarpenterNodePool) -> int:
    """VCPUs of the nodes it may run: the limit in nodes with most vCPUs for what is limited, and one largest over it."""
    limited = at_limit(limit_of(pool), pool.machines, lambda machine: machine.vcpus)
    return math.ceil(limited) + max(machine.vcpus for machine in pool.machines)


def launchable(pool: KarpenterNodePool, services: Mapping[str, ServiceSettings]) -> int:
    """Size of the largest node that Karpenter may still launch beside those of these services and of team stacks; 0 for none."""
    left = limit_of(pool) - taken(pool, services)
    return max((size for size in map(size_of, pool.machines) if size <= left), default=0)


def _by_size(machine: InstanceType) -> tuple[int, float, int]:
    price = machine.usd_per_hour
    return size_of(machine), float("inf") if price is None else price, machine.vcpus
