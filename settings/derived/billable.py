"""What of a stack costs money, from its settings: what ``planner.cost`` makes an estimate of."""

from collections.abc import Mapping
from typing import Any

from planner.cost import BillablePool, BillableStack, Disk, PriceTable, list_prices
from settings.derived.capacity import node_zones
from settings.derived.platform_facts import PlatformFacts
from settings.models.budget import BudgetSettings
from settings.models.network import NetworkSettings
from settings.models.pools import GP3_IOPS, GP3_THROUGHPUT, Pool, PoolFacts
from settings.models.services.base import ServiceSettings

KMS_KEYS = 2
"""The bucket's key and the one of the cluster's secrets."""


def platform_billable(
    values: Mapping[str, Any],
    *,
    stack: str,
    facts: Mapping[str, PoolFacts],
    kubernetes: str,
    extended_support: bool = False,
) -> BillableStack:
    """A platform stack: network, cluster, pools, bucket and its own services.

    Args:
        values: its validated top-level settings by key, at least region and network; others may be missing in a file
            with issues, and count as not set.
        stack: its name.
        facts: facts of its pools.
        kubernetes: the cluster's version.
        extended_support: whether the version goes on after the end of standard support.
    """
    network: NetworkSettings = values["network"]
    pools: Mapping[str, Pool] = values.get("pools", {})
    services: Mapping[str, ServiceSettings] = values.get("services", {})
    zones = len(network.zones)
    return BillableStack(
        stack=stack,
        region=values["region"],
        zones=zones,
        kubernetes=kubernetes,
        extended_support=extended_support,
        nat_gateways=1 if network.nat == "single" else zones,
        endpoint_interfaces=len(network.interface_endpoints) * len(node_zones(network, pools)),
        kms_keys=KMS_KEYS,
        pools=tuple(_pool(name, pool, facts[name]) for name, pool in pools.items()),
        services=tuple(service.billable(name) for name, service in services.items()),
    )


def team_billable(
    *, stack: str, platform: str, facts: PlatformFacts | None, services: Mapping[str, ServiceSettings]
) -> BillableStack:
    """A team stack: its load balancers and weights, and the platform's pools its services run on."""
    return BillableStack(
        stack=stack,
        region=facts.region if facts else None,
        zones=len(facts.zones) if facts else 0,
        platform=platform,
        platform_pools=tuple(_platform_pool(name, pool) for name, pool in facts.pools.items()) if facts else (),
        services=tuple(service.billable(name) for name, service in services.items()),
    )


def stack_prices(budget: BudgetSettings | None, table: PriceTable | None = None) -> PriceTable:
    """``table``, or the list prices, with the stack's own prices of instance types in place of theirs."""
    return (table or list_prices()).with_own(budget.instance_usd_per_hour if budget else {})


def _pool(name: str, pool: Pool, facts: PoolFacts) -> BillablePool:
    return BillablePool(
        name=name,
        instance_types=pool.instance_types,
        spot=pool.capacity == "spot",
        minimum=pool.min,
        # More than max is an issue of its own.
        deployed=min(facts.desired, pool.max),
        maximum=pool.max,
        disk=Disk(gib=pool.disk_gib, iops=GP3_IOPS, throughput=GP3_THROUGHPUT),
    )


def _platform_pool(name: str, pool: PoolFacts) -> BillablePool:
    """A pool that another stack pays for: only the price of its GPUs matters."""
    return BillablePool(
        name=name,
        instance_types=pool.instance_types,
        spot=pool.capacity == "spot",
        minimum=0,
        deployed=min(pool.desired, pool.max),
        maximum=pool.max,
        disk=Disk(gib=0),
    )
