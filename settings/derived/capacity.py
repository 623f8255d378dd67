"""How many nodes a pool runs, and what is then left of its GPUs."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.catalog.instances import InstanceType
from settings.models.network import NetworkSettings
from settings.models.pools import GpuPool, Pool, PoolFacts
from settings.models.services.base import Demand, ServiceSettings

_RESERVED_VCPUS = 0.5
"""kubeReserved of EKS's images (0.06 of the first core, 0.0025 of most others) and the requests of the add-ons' DaemonSets."""
_RESERVED_GIB = 2.0
"""kubeReserved of EKS's images (255 MiB and 11 MiB a pod, 110 pods), eviction threshold, DaemonSets and the kernel's share."""


def node_zones(network: NetworkSettings, pools: Mapping[str, Pool]) -> tuple[str, ...]:
    """Letters of the zones in which any pool has nodes."""
    used = {zone for pool in pools.values() for zone in pool.zones or network.zones}
    return tuple(zone for zone in network.zones if zone in used)


def requested_gpus(pool: str, services: Mapping[str, ServiceSettings]) -> int:
    """GPUs that services request of one pool, over all their replicas."""
    return sum(service.gpus * service.replicas for service in services.values() if service.pool == pool)


def needed_nodes(name: str, pool: Pool, services: Mapping[str, ServiceSettings]) -> int:
    """Nodes that the services on a pool need: by GPUs, those kept for team stacks included, or by CPU and memory."""
    if isinstance(pool, GpuPool):
        return math.ceil((requested_gpus(name, services) + pool.team_gpus) / pool.gpus_per_node)
    return nodes_by_cpu(pool.machines, {key: one for key, one in services.items() if one.pool == name})


def node_room(machine: InstanceType) -> tuple[float, float]:
    """VCPUs and GiB of main memory that pods can request on a node."""
    return machine.vcpus - _RESERVED_VCPUS, machine.memory_gib - _RESERVED_GIB


def least_room(machines: Sequence[InstanceType]) -> tuple[float, float]:
    """VCPUs and GiB of main memory that pods can request on a node, whichever of these types it is."""
    vcpus, memory_gib = (min(room) for room in zip(*map(node_room, machines), strict=True))
    return vcpus, memory_gib


@dataclass(kw_only=True)
class _Node:
    """A node that replicas are placed on."""

    vcpus: float
    """vCPUs that are free."""
    memory_gib: float
    """Main memory that is free, in GiB."""
    alone: set[str]
    """Services that take no second replica here."""

    def takes(self, name: str, demand: Demand) -> bool:
        """Place a replica, if there is room."""
        if name in self.alone or demand.vcpus > self.vcpus or demand.memory_gib > self.memory_gib:
            return False
        self.vcpus -= demand.vcpus
        self.memory_gib -= demand.memory_gib
        if demand.one_per_node:
            self.alone.add(name)
        return True


def nodes_by_cpu(machines: Sequence[InstanceType], services: Mapping[str, ServiceSettings]) -> int:
    """Nodes of the smallest of these types that hold every replica by vCPUs and memory, the largest placed first."""
    vcpus, memory_gib = least_room(machines)
    replicas = [(name, one.demand) for name, one in services.items() for _ in range(one.replicas)]
    nodes: list[_Node] = []
    for name, demand in sorted(replicas, key=lambda each: (-each[1].vcpus, -each[1].memory_gib)):
        if not any(node.takes(name, demand) for node in nodes):
            nodes.append(_Node(vcpus=vcpus, memory_gib=memory_gib, alone=set()))
            nodes[-1].takes(name, demand)
    return len(nodes)


def pool_facts(pools: Mapping[str, Pool], services: Mapping[str, ServiceSettings]) -> dict[str, PoolFacts]:
    """What services and team stacks must know of each pool."""
    return {name: _facts(name, pool, services) for name, pool in pools.items()}


def _facts(name: str, pool: Pool, services: Mapping[str, ServiceSettings]) -> PoolFacts:
    asked = requested_gpus(name, services)
    desired = max(pool.min, needed_nodes(name, pool, services))
    team_gpus = pool.team_gpus if isinstance(pool, GpuPool) else 0
    spare = desired * pool.gpus_per_node - asked - team_gpus
    return PoolFacts(
        kind=pool.kind,
        instance_types=pool.instance_types,
        gpus_per_node=pool.gpus_per_node,
        capacity=pool.capacity,
        desired=desired,
        max=pool.max,
        labels=pool.labels(name),
        taints=pool.taints,
        team_gpus=team_gpus,
        spare_gpus=_together(spare, desired, _step(name, pool.gpus_per_node, team_gpus, services)),
        disk_gib=pool.disk_gib,
        update_strategy=pool.update_strategy,
    )


def _step(name: str, gpus_per_node: int, team_gpus: int, services: Mapping[str, ServiceSettings]) -> int:
    """What the free GPUs of each node are a multiple of, however replicas are spread; teams may request any number."""
    if team_gpus:
        return 1
    return math.gcd(gpus_per_node, *(service.gpus for service in services.values() if service.pool == name))


def _together(free: int, nodes: int, step: int) -> int:
    """The most GPUs that some node has free for certain, when ``free`` are spread over ``nodes`` in the worst way.

    The scheduler spreads replicas, so that no node may have room for a large one although there are GPUs enough.
    """
    return ((free - step) // (nodes * step)) * step + step if free >= step > 0 else 0


def nodes_for_room(name: str, pool: PoolFacts, services: Mapping[str, ServiceSettings], gpus: int) -> int:
    """Nodes with which a replica of ``gpus`` finds its GPUs on one of them, however all others are spread."""
    step = _step(name, pool.gpus_per_node, pool.team_gpus, services)
    others = requested_gpus(name, services) - gpus + pool.team_gpus
    return math.ceil((others + step) / (pool.gpus_per_node - gpus + step))


def for_team(facts: PoolFacts) -> PoolFacts:
    """The pool as a team stack sees it: what is spare there may be another team's."""
    return facts.model_copy(update={"spare_gpus": 0})


def nodes_to_pack(gpus_per_node: int, replicas: Sequence[int]) -> int:
    """Nodes that hold replicas of these GPUs each, the largest placed first; a replica is never split."""
    free: list[int] = []
    for gpus in sorted(replicas, reverse=True):
        for node, left in enumerate(free):
            if left >= gpus:
                free[node] -= gpus
                break
        else:
            free.append(gpus_per_node - gpus)
    return len(free)


def fullest_node(gpus_per_node: int, services: Mapping[str, ServiceSettings]) -> tuple[dict[str, int], int]:
    """The replicas of each service that may meet on one node and take most of its disk, and the GiB they request.

    Args:
        gpus_per_node: GPUs of each node.
        services: services with GPUs by name; those whose disk is unknown do not count.
    """
    replicas = [
        (service.demand.disk_gib, service.gpus, name)
        for name, service in services.items()
        if service.demand.disk_gib is not None
        for _ in range(service.replicas)
    ]
    held: Counter[str] = Counter()
    total, free = 0, gpus_per_node
    for gib, gpus, name in sorted(replicas, key=lambda each: (-each[0] / each[1], each[2])):
        if gpus <= free:
            held[name] += 1
            total, free = total + gib, free - gpus
    return dict(held), total


def surges(service: ServiceSettings, pool: PoolFacts) -> bool:
    """Whether a rollout can start a new replica before it stops an old one."""
    return pool.spare_gpus >= service.gpus
