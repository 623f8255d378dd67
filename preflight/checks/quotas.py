"""EC2's vCPU quotas: what the pools begin with, and what they may grow to.

Quotas count what runs in the whole account and region, the stack's own nodes included.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.catalog import quotas
from planner.catalog.quotas import Quota
from preflight.cloud import Cloud
from preflight.finding import Finding, error, warning
from preflight.quota_values import request, value_of
from preflight.subject import PoolPlan, Subject

SERVICE = "ec2"


@dataclass(frozen=True)
class Need:
    """What pools need of one quota, in vCPUs."""

    pools: tuple[str, ...]
    start: int
    """To run the nodes they are to run, of their smallest types; none of a pool that may begin under another quota."""
    most: int
    """At their max, of their largest types, while all of them are upgraded, as an update does it; for a Karpenter pool at its
    limits and a node over them."""
    beyond_limits: bool = False
    """Whether a Karpenter pool is among them."""


def upgrade_surge(pool: PoolPlan) -> int:
    """Nodes that EKS adds to a group while it upgrades it.

    The strategy MINIMAL, which GPU pools have unless they say otherwise, takes a node away before it adds one. All others
    get "the larger of" max_unavailable, here 1, and twice their zones (EKS User Guide, "Understand each phase of node
    updates").
    """
    return 0 if pool.update_strategy == "minimal" else 2 * len(pool.zones)


def needs(pools: Mapping[str, PoolPlan]) -> dict[Quota, Need]:
    """What the pools need of each quota."""
    grouped: dict[Quota, list[PoolPlan]] = defaultdict(list)
    for pool in pools.values():
        for quota in quotas_of(pool):
            grouped[quota].append(pool)
    return {quota: _need(members) for quota, members in grouped.items()}


def quotas_of(pool: PoolPlan) -> frozenset[Quota]:
    """The quotas that count a pool's nodes; any of its nodes may be spot or on demand where Karpenter chooses."""
    return quotas.quotas_of(pool.instance_types, pool.capacity_types)


def _need(pools: list[PoolPlan]) -> Need:
    return Need(
        pools=tuple(sorted(pool.name for pool in pools)),
        start=sum(_start(pool) for pool in pools if len(quotas_of(pool)) == 1),
        most=sum(map(_most, pools)),
        beyond_limits=any(pool.karpenter for pool in pools),
    )


def _start(pool: PoolPlan) -> int:
    if pool.karpenter:
        return pool.karpenter.start_vcpus
    return pool.desired * min(machine.vcpus for machine in pool.machines)


def _most(pool: PoolPlan) -> int:
    if pool.karpenter:
        return pool.karpenter.most_vcpus
    return (pool.max + upgrade_surge(pool)) * max(machine.vcpus for machine in pool.machines)


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Compare each quota with what the pools need of it."""
    limits: dict[Quota, float | None] = {}
    for quota, need in sorted(needs(subject.pools).items(), key=lambda item: item[0].code):
        limit = limits[quota] = value_of(cloud, SERVICE, quota.code)
        if limit is None:
            yield warning(f"quota {quota.code}", f'AWS does not report the value of "{quota.name}": not checked')
            continue
        if limit >= need.most:
            continue
        one = len(need.pools) == 1
        pools = f"pool {need.pools[0]}" if one else f"pools {', '.join(need.pools)}"
        ask = request(subject.region, SERVICE, quota.code, need.most)
        held = f'allows {limit:g} vCPUs ("{quota.name}")'
        if limit < need.start:
            yield error(
                f"quota {quota.code}",
                f"{held}, and {pools} {'begins' if one else 'begin'} with {need.start}, so nodes will be missing: {ask}",
            )
        else:
            yield warning(
                f"quota {quota.code}",
                f"{held}, and {pools} may grow to {need.most}, {'upgrades and a node over the limits' if need.beyond_limits else 'upgrades'} "
                f"included, beside what else runs there: {ask}",
            )
    for pool in subject.pools.values():
        yield from _without_any(pool, limits)


def _without_any(pool: PoolPlan, limits: Mapping[Quota, float | None]) -> Iterator[Finding]:
    """Report a pool whose first nodes exceed each of the quotas that it may begin under."""
    held = {quota: limits.get(quota) for quota in sorted(quotas_of(pool), key=lambda one: one.code)}
    start = _start(pool)
    if len(held) > 1 and all(limit is not None and limit < start for limit in held.values()):
        allowed = ", ".join(f"{limit:g} by {quota.code}" for quota, limit in held.items())
        yield error(
            f"pools.{pool.name}",
            f"begins with {start} vCPUs, spot or on demand, and the quotas allow {allowed}: nodes will be missing; "
            "have one of them raised",
        )
