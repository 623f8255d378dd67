"""Whether a service can run on a pool that its settings name, as its pool or a further one."""

from collections.abc import Sequence

from planner.shown import as_yaml
from settings.derived.capacity import least_room
from settings.models.pools import PoolFacts, PoolKind
from settings.models.services.base import Demand
from settings.validation.partial import PartialSettings


def room_issue(demand: Demand, name: str, pool: PoolFacts) -> str | None:
    """Say why no node of a pool is sure to have the CPU and memory of a replica without GPUs; None where each has."""
    vcpus, memory = least_room(pool.machines)
    if demand.vcpus <= vcpus and demand.memory_gib <= memory:
        return None
    return (
        f"a replica requests {demand.vcpus:g} vCPUs and {demand.memory_gib:g} GiB, and pods get {vcpus:g} and {memory:g} of a "
        f"node of {name}: request less, or take a larger instance type"
    )


def pool_issue(partial: PartialSettings, pool: str, kinds: Sequence[PoolKind]) -> str | None:
    """Say why a pool cannot be chosen: there is none of that name, or it is of another kind than ``kinds``.

    None for a pool that can, and for one with an issue of its own.
    """
    facts, wanted = partial.pool_facts.get(pool), " or ".join(kinds)
    if facts is None:
        if not partial.pool_facts or pool in partial.names("pools"):
            return None
        choices = ", ".join(name for name, each in partial.pool_facts.items() if each.kind in kinds)
        return f"unknown pool {as_yaml(pool)}: choose from {choices or f'(there is no {wanted} pool, add one)'}"
    return None if facts.kind in kinds else f"{as_yaml(pool)} is of kind {facts.kind}: choose a pool of kind {wanted}"
