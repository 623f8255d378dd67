"""Issues of a Karpenter pool beside the network and the services: a single choice of capacity, and limits that are too low."""

from collections import Counter

from settings.derived.capacity import gpu_sum, on_pool, requested_gpus
from settings.derived.karpenter_capacity import limit_of, needed_types, size_of, taken
from settings.models.pools import KarpenterGpuPool, KarpenterNodePool
from settings.validation.partial import PartialSettings


def check_karpenter_pool(partial: PartialSettings, name: str, pool: KarpenterNodePool) -> None:
    """Add every issue of a pool that shows only beside other settings."""
    _check_choice(partial, name, pool)
    _check_limit(partial, name, pool)


def _check_choice(partial: PartialSettings, name: str, pool: KarpenterNodePool) -> None:
    """Refuse a pool for which EC2's InsufficientInstanceCapacity leaves nothing else to launch.

    https://github.com/aws/karpenter-provider-aws/issues/9554: pods then wait until EC2 has that type again.
    """
    zones = pool.zones or (partial.network.zones if partial.network else ())
    if (len(pool.instance_types), len(pool.capacity_types), len(zones)) == (1, 1, 1):
        partial.add_issue(
            f"are {pool.instance_types[0]} alone, {pool.capacity_types[0]} in zone {zones[0]}: where EC2 has none "
            "(InsufficientInstanceCapacity) there is no other node to launch; add a type, a second of capacity_types, or a zone",
            *("pools", name, "instance_types"),
        )


def _check_limit(partial: PartialSettings, name: str, pool: KarpenterNodePool) -> None:
    """Refuse a limit below the smallest node, or below what services and team stacks request of the pool."""
    unit, key = ("GPUs", "gpus") if isinstance(pool, KarpenterGpuPool) else ("vCPUs", "vcpus")
    limit, smallest = limit_of(pool), min(pool.machines, key=size_of)
    needed = max(taken(pool, on_pool(name, partial.services)), size_of(smallest))
    if needed <= limit:
        return
    if needed == size_of(smallest):
        reason = f"a node of {smallest.name}, its smallest type, has {needed}"
    else:
        reason = _requests(partial, name, pool, needed)
    partial.add_issue(
        f"is {limit}, but {reason} {unit}: set {needed} at least, or "
        f"{'take a smaller type' if needed == size_of(smallest) else 'request less'}",
        *("pools", name, "limits", key),
    )


def _requests(partial: PartialSettings, name: str, pool: KarpenterNodePool, needed: int) -> str:
    """What is requested of a pool, and the nodes it takes where these have more."""
    counted = Counter(machine.name for machine in needed_types(pool, on_pool(name, partial.services)))
    nodes = " + ".join(f"{count} x {machine}" for machine, count in counted.items())
    if not isinstance(pool, KarpenterGpuPool):
        return f"the replicas of its services need {nodes} = {needed}"
    requested = requested_gpus(name, partial.services) + pool.team_gpus
    request = f"services request {gpu_sum(name, pool, partial.services)} = {requested}"
    return request if requested == needed else f"{request} and their nodes ({nodes}) have {needed}"
