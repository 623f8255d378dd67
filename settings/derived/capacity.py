"""How many nodes a pool runs, and what is then left of its GPUs."""

import math
from collections import Counter
from collections.abc import Mapping

from settings.derived.karpenter_capacity import launchable, most_nodes, needed_types
from settings.derived.node_room import nodes_by_cpu
from settings.models.network import NetworkSettings
from settings.models.pools import (
    GpuPool,
    KarpenterGpuPool,
    KarpenterNodePool,
    KarpenterPool,
    NodeGroupPool,
    Pool,
    PoolFacts,
)
from settings.models.services.base import ServiceSettings


def node_zones(network: NetworkSettings, pools: Mapping[str, Pool]) -> tuple[str, ...]:
    """Letters of the zones in which any pool has nodes."""
    used = {zone for pool in pools.values() for zone in pool.zones or network.zones}
    return tuple(zone for zone in network.zones if zone in used)


def requested_gpus(pool: str, services: Mapping[str, ServiceSettings]) -> int:
    """GPUs that services request of one pool, over all their replicas."""
    return sum(service.gpus * service.most_replicas for service in services.values() if service.pool == pool)


def gpu_sum(name: str, pool: GpuPool | KarpenterGpuPool, services: Mapping[str, ServiceSettings]) -> str:
    """The GPUs that services and team stacks request of a pool, as a sum in words: ``small 3 x 1 + team_gpus 2``."""
    parts = [f"{service} {one.most_replicas} x {one.gpus}" for service, one in on_pool(name, services).items()]
    return " + ".join([*parts, *([f"team_gpus {pool.team_gpus}"] if pool.team_gpus else [])])


def needed_nodes(name: str, pool: NodeGroupPool, services: Mapping[str, ServiceSettings]) -> int:
    """Nodes that the services on a node group need: by GPUs, those for team stacks included, or by CPU and memory."""
    if isinstance(pool, GpuPool):
        return math.ceil((requested_gpus(name, services) + pool.team_gpus) / pool.gpus_per_node)
    return nodes_by_cpu(pool.machines, on_pool(name, services))


def pulls_in_parallel(pool: Pool) -> bool:
    """Whether new nodes of a pool pull images in parallel; only nodes with GPUs have images that are worth it."""
    return isinstance(pool, GpuPool | KarpenterGpuPool) and pool.parallel_image_pull is not False


def on_pool(pool: str, services: Mapping[str, ServiceSettings]) -> dict[str, ServiceSettings]:
    """The services whose pool it is."""
    return {name: service for name, service in services.items() if service.pool == pool}


def pool_facts(pools: Mapping[str, Pool], services: Mapping[str, ServiceSettings]) -> dict[str, PoolFacts]:
    """What services and team stacks must know of each pool."""
    return {
        name: _of_karpenter(name, pool, services)
        if isinstance(pool, KarpenterPool)
        else _of_node_group(name, pool, services)
        for name, pool in pools.items()
    }


def _of_node_group(name: str, pool: NodeGroupPool, services: Mapping[str, ServiceSettings]) -> PoolFacts:
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
        parallel_image_pull=pulls_in_parallel(pool),
        update_strategy=pool.update_strategy,
    )


def _of_karpenter(name: str, pool: KarpenterNodePool, services: Mapping[str, ServiceSettings]) -> PoolFacts:
    own = on_pool(name, services)
    gpu_pool = pool if isinstance(pool, KarpenterGpuPool) else None
    team_gpus = gpu_pool.team_gpus if gpu_pool else 0
    return PoolFacts(
        kind=pool.kind,
        provisioner="karpenter",
        instance_types=pool.instance_types,
        gpus_per_node=pool.gpus_per_node,
        capacity=pool.capacity,
        desired=len(needed_types(pool, own)),
        max=most_nodes(pool),
        labels=pool.labels(name),
        taints=pool.taints,
        team_gpus=team_gpus,
        spare_gpus=launchable(pool, own) if gpu_pool else 0,
        limit_gpus=gpu_pool.limits.gpus if gpu_pool else None,
        limit_vcpus=None if isinstance(pool, KarpenterGpuPool) else pool.limits.vcpus,
        disk_gib=pool.disk_gib,
        parallel_image_pull=pulls_in_parallel(pool),
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
        for _ in range(service.most_replicas)
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
