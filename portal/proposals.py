"""What a service costs and where it fits: the portal's one door to the planner."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from foundation.pool_settings import PoolFacts

_HOURS_A_DAY = 24


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a service costs."""

    usd_day: float | None
    """US dollars a day on demand; None where no price is known."""
    basis: str
    """How it was reckoned, and of what date the prices are."""


class Planner(Protocol):
    """What the portal asks of the planner."""

    def cost(self, spec: Mapping[str, Any], pools: Mapping[str, PoolFacts]) -> Cost:
        """What a service with these settings costs."""


class PriceTable:
    """Costs from the planner's table of prices alone: the share of a node's price that its GPUs are."""

    def cost(self, spec: Mapping[str, Any], pools: Mapping[str, PoolFacts]) -> Cost:
        """See Planner."""
        pool = pools.get(str(spec.get("pool")))
        if pool is None:
            return Cost(usd_day=None, basis=f"pool {spec.get('pool')} is not known")
        prices = [machine.usd_per_hour for machine in pool.machines]
        if any(price is None for price in prices):
            return Cost(usd_day=None, basis=f"no price is known for {', '.join(pool.instance_types)}")
        dearest = max(price for price in prices if price is not None)
        share = gpus_of(spec) / pool.gpus_per_node
        return Cost(
            usd_day=round(share * dearest * _HOURS_A_DAY, 2),
            basis=f"{gpus_of(spec)} GPU of {pool.instance_types[0]}, on demand, us-east-1; no load balancer, no traffic",
        )


def gpus_of(spec: Mapping[str, Any]) -> int:
    """GPUs a service asks for, over all replicas."""
    return int(spec.get("replicas", 1)) * int(spec.get("tensor_parallel", 1)) * int(spec.get("pipeline_parallel", 1))
