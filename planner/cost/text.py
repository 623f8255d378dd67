"""Estimates in words: one line for a stack, one or two for a service."""

from collections.abc import Iterator

from planner.cost.items import HOURS_A_MONTH, Estimate, ServiceCost


def dollars(usd: float) -> str:
    """An amount as people read it: whole dollars from a thousand on, below ten cents to the hundredth of a cent."""
    if abs(usd) >= 1000:
        return f"{usd:,.0f}"
    return f"{usd:.2f}" if abs(usd) >= 0.1 or usd == 0 else f"{usd:.4f}".rstrip("0").rstrip(".")


def stack_line(cost: Estimate) -> str:
    """What the stack costs."""
    hour, month = cost.total, cost.total.per_month
    spot = ""
    if cost.expected != cost.total:
        spot = f"; with spot as assumed {dollars(cost.expected.deployed)} an hour"
    gaps = f"; not in it: {'; '.join(cost.gaps)}" if cost.gaps else ""
    return (
        f"stack {cost.stack} costs {dollars(hour.deployed)} USD an hour, {dollars(month.deployed)} a month "
        f"({dollars(month.minimum)} at its smallest, {dollars(month.maximum)} at its largest){spot}{gaps}; "
        f"{cost.priced}; the output cost_estimate says what is not counted"
    )


def service_line(one: ServiceCost, priced: str) -> str:
    """What one service occupies and adds."""
    total = one.usd_per_hour
    balancer = "" if one.load_balancer_usd_per_hour is None else dollars(one.load_balancer_usd_per_hour)
    if total is None or one.node_usd_per_hour is None:
        why = one.note or "price of its load balancer unknown"
        return f"{one.name}: cost unknown: {why}{f'; its load balancer {balancer} USD an hour' if balancer else ''}"
    spot = f", on spot perhaps {dollars(one.spot_node_usd_per_hour)}" if one.spot_node_usd_per_hour is not None else ""
    share = f"{one.vcpus:g} vCPUs" if one.vcpus else f"{one.gpus} GPU{'s' if one.gpus > 1 else ''}"
    volumes = f", volumes {dollars(one.volumes_usd_per_hour)}" if one.volumes_usd_per_hour else ""
    least = one.least_usd_per_hour
    hour, month = ("", "") if least is None else (f"{dollars(least)} to ", f"{dollars(least * HOURS_A_MONTH)} to ")
    return (
        f"{one.name}: {hour}{dollars(total)} USD an hour, {month}{dollars(total * HOURS_A_MONTH)} a month: its share of the nodes "
        f"({share}) {dollars(one.node_usd_per_hour)}{spot}, load balancer {balancer}{volumes}; {priced}"
    )


def token_line(one: ServiceCost) -> str | None:
    """Dollars for a million output tokens, and what that rests on."""
    if one.tokens is None:
        return None
    return (
        f"{one.name}: {dollars(one.tokens.usd_low)} to {dollars(one.tokens.usd_high)} USD a million output tokens "
        f"({one.tokens.basis})"
    )


def service_lines(cost: Estimate) -> Iterator[str]:
    """One or two lines a service."""
    for one in cost.services:
        yield service_line(one, cost.priced)
        tokens = token_line(one)
        if tokens:
            yield tokens
