"""Issues of the budget: a stack that can cost more, judged before any resource is registered."""

from planner.cost import HOURS_A_MONTH, Estimate
from planner.cost.text import dollars
from settings.validation.partial import PartialSettings

NAMED = 3
"""Lines of the cost in a message, the largest."""
_KEY = ("budget", "usd_per_month")


def check_budget(partial: PartialSettings) -> None:
    """Add an issue if the stack at its largest costs more than its budget, or if a price is unknown.

    At its largest: every node group at its max, every Karpenter pool at its limits and one largest node over them, since
    limits are eventually consistent; spot at the on-demand price, which it never exceeds. A team stack is judged
    by the GPUs it occupies and its load balancers, though the nodes are on the platform's bill.
    """
    cost = partial.cost
    if partial.budget is None or cost is None or not _complete(partial):
        return
    _check_gaps(partial, cost)
    spent = most(cost)
    if spent > partial.budget.usd_per_month:
        partial.add_issue(
            f"is {partial.budget.usd_per_month:g}, but at its largest the stack costs {dollars(spent)} a month "
            f"({_parts(cost)}; {cost.priced}): lower max or limits of the pools, take smaller instance types, "
            "or raise the budget",
            *_KEY,
        )


def most(cost: Estimate) -> float:
    """US dollars a month at the largest size; on a team stack with the GPUs it occupies."""
    occupied = cost.occupied if not _has_nodes(cost) else 0
    return (cost.total.maximum + occupied) * HOURS_A_MONTH


def _complete(partial: PartialSettings) -> bool:
    """Whether all that costs money is known; what is not is an issue of its own."""
    if partial.names("services") != frozenset(partial.services):
        return False
    return partial.platform is not None if partial.team else partial.names("pools") == frozenset(partial.pools)


def _check_gaps(partial: PartialSettings, cost: Estimate) -> None:
    notes = [one.note for one in cost.services if one.node_usd_per_hour is None and not _has_nodes(cost)]
    for gap in (*cost.gaps, *dict.fromkeys(notes)):
        partial.add_issue(
            f"cannot be judged: {gap}: give it as budget.instance_usd_per_hour, or take another instance type", *_KEY
        )


def _parts(cost: Estimate) -> str:
    parts = {item.what: item.amounts.maximum for item in cost.largest(NAMED) if item.amounts}
    if not _has_nodes(cost):
        parts |= {
            f"{'vCPUs' if one.vcpus else 'GPUs'} of {one.name}": one.node_usd_per_hour or 0 for one in cost.services
        }
    largest = sorted(parts.items(), key=lambda part: -part[1])[:NAMED]
    return ", ".join(f"{what} {dollars(usd * HOURS_A_MONTH)}" for what, usd in largest)


def _has_nodes(cost: Estimate) -> bool:
    return any(item.key.startswith("pools.") for item in cost.items)
