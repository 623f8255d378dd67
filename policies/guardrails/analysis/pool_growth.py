"""How far a Karpenter NodePool may grow: GPUs, and nodes with what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from guardrails.analysis.node_pool_types import Choice, choice
from guardrails.analysis.pool_limits import NVIDIA, limits, most_nodes, replicas
from guardrails.analysis.requirements import Requirements
from guardrails.engine.rule import Subject
from guardrails.engine.values import UnknownPropertyError
from planner.catalog.instances import InstanceType


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Nodes of one instance type."""

    machine: str
    """The instance type."""
    nodes: int
    """How many, at most."""


def most_gpus(pool: Subject, taken: Choice) -> float | None:
    """Return the most NVIDIA GPUs that a pool may have at once, None where nothing ends their number.

    Args:
        pool: A NodePool.
        taken: The types that it may take.

    Raises:
        UnknownPropertyError: a part that says it is unknown.
    """
    allowed = limits(pool)
    if NVIDIA in allowed:
        return float(allowed[NVIDIA] // 1)
    if not taken.all_known:
        return None
    counts = _counts(pool, taken)
    most = [None if count is None else count * machine.gpus for machine, count in counts.items() if machine.gpus]
    return None if None in most else float(max((one for one in most if one is not None), default=0))


def most_expensive(pool: Subject, usd_per_hour: Mapping[str, float]) -> list[Growth]:
    """Return the costliest nodes that a pool may have: as many of one type as the limits allow, and one node more.

    Karpenter counts a node some seconds after its launch, so a limit may be exceeded by what was launched in between.

    Args:
        pool: A NodePool.
        usd_per_hour: Price of a node by its type.

    Raises:
        UnknownPropertyError: a part that says it is unknown, or the limits end no type's number.
    """
    taken = choice(Requirements(pool))
    if not taken.all_known:
        raise UnknownPropertyError("which instance types it takes is not known by the table of planner/data")
    counts = _counts(pool, taken)
    if any(count is None for count in counts.values()):
        raise UnknownPropertyError("its limits do not end the number of its nodes, so what they may cost is not known")
    priced = {machine.name: count or 0 for machine, count in counts.items() if machine.name in usd_per_hour}
    if len(priced) < len(counts):
        raise UnknownPropertyError("the price of an instance type is not known")
    possible = {name: count for name, count in priced.items() if count}
    if not possible:
        return []
    most = max(possible, key=lambda name: possible[name] * usd_per_hour[name])
    grown = [Growth(machine=most, nodes=possible[most])]
    if replicas(pool) is None:
        grown.append(Growth(machine=max(possible, key=usd_per_hour.__getitem__), nodes=1))
    return grown


def _counts(pool: Subject, taken: Choice) -> dict[InstanceType, int | None]:
    """The most nodes of each type that a pool takes, None where nothing ends their number."""
    allowed, fixed = limits(pool), replicas(pool)
    counts = {machine: most_nodes(machine, allowed) for machine in taken.known}
    if fixed is None:
        return counts
    return {machine: fixed if count is None else min(count, fixed) for machine, count in counts.items()}
