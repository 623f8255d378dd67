"""How many nodes a pool runs, and what is then left of its GPUs."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from settings.models.network import NetworkSettings
from settings.models.pools import GpuPool, Pool, PoolFacts
from settings.models.services import HubWeights, ServiceSettings

TMP_GIB = 5
"""Size of a replica's ``/tmp``."""
CACHE_GIB = 10
"""Compiled kernels, CUDA graphs and tokenizers; downloaded weights come on top."""
DOWNLOAD_FACTOR = 1.1


def node_zones(network: NetworkSettings, pools: Mapping[str, Pool]) -> tuple[str, ...]:
    """Letters of the zones in which any pool stands."""
    used = {zone for pool in pools.values() for zone in pool.zones or network.zones}
    return tuple(zone for zone in network.zones if zone in used)


def asked_gpus(pool: str, services: Mapping[str, ServiceSettings]) -> int:
    """GPUs that services ask of one pool, over all their replicas."""
    return sum(service.gpus * service.replicas for service in services.values() if service.pool == pool)


def needed_nodes(pool: Pool, asked: int) -> int:
    """Nodes the services' GPUs and those kept for team stacks need; 0 for a pool without GPUs."""
    return math.ceil((asked + pool.team_gpus) / pool.gpus_per_node) if isinstance(pool, GpuPool) else 0


def pool_facts(pools: Mapping[str, Pool], services: Mapping[str, ServiceSettings]) -> dict[str, PoolFacts]:
    """What services and team stacks must know of each pool."""
    return {name: _facts(name, pool, services) for name, pool in pools.items()}


def _facts(name: str, pool: Pool, services: Mapping[str, ServiceSettings]) -> PoolFacts:
    asked = asked_gpus(name, services)
    desired = max(pool.min, needed_nodes(pool, asked))
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
    """What the free GPUs of each node are a multiple of, however replicas are spread; teams may ask for any number."""
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
    others = asked_gpus(name, services) - gpus + pool.team_gpus
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


def cache_gib(service: ServiceSettings) -> int:
    """Size of a replica's cache volume in GiB."""
    downloads = service.weights_gib * DOWNLOAD_FACTOR if isinstance(service.weights, HubWeights) else 0
    return CACHE_GIB + math.ceil(downloads)


def fullest_node(gpus_per_node: int, services: Mapping[str, ServiceSettings]) -> tuple[dict[str, int], int]:
    """The replicas of each service that may meet on one node and take most of its disk, and the GiB they ask for."""
    replicas = [
        (cache_gib(service) + TMP_GIB, service.gpus, name)
        for name, service in services.items()
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
