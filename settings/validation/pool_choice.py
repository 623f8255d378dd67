"""Whether a service can run on a pool that its settings name, as its pool or a further one."""

from collections.abc import Sequence

from planner.shown import as_yaml
from settings.derived.node_room import karpenter_room, least_room
from settings.derived.pool_types import has_room
from settings.models.pools import PoolFacts, PoolKind
from settings.models.services.base import Demand
from settings.validation.partial import PartialSettings


def room_issue(demand: Demand, name: str, pool: PoolFacts) -> str | None:
    """Say why a pool has no node with the CPU and memory of a replica without GPUs; None where it has.

    Any node of a node group must have them; Karpenter launches one of a type that has.
    """
    if has_room(pool, demand):
        return None
    if pool.provisioner == "karpenter":
        rooms = ", ".join(
            f"{vcpus:g} and {memory:g} of {machine.name}"
            for machine in pool.machines
            for vcpus, memory in [karpenter_room(machine)]
        )
        given = f"Karpenter gives pods of {name} {rooms}"
    else:
        vcpus, memory = least_room(pool.machines)
        given = f"pods get {vcpus:g} and {memory:g} of a node of {name}"
    return (
        f"a replica requests {demand.vcpus:g} vCPUs and {demand.memory_gib:g} GiB, and {given}: "
        "request less, or take a larger instance type"
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
