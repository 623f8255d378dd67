"""What of a stack costs money, from its settings: what ``planner.cost`` makes an estimate of."""

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from planner.cost import (
    BillableGateway,
    BillableMonitoring,
    BillablePool,
    BillableService,
    BillableStack,
    Disk,
    NodeLimit,
    PriceTable,
    list_prices,
)
from planner.cost.nodes import gpu_prices
from settings.derived.capacity import node_zones, on_pool
from settings.derived.karpenter_capacity import needed_types
from settings.derived.monitoring.alarms import alarm_keys, alarm_metrics, alarmed_quotas, alarmed_services
from settings.derived.monitoring.billable import billable_monitoring
from settings.derived.platform_facts import PlatformFacts
from settings.derived.pool_types import expected_type
from settings.models.budget import BudgetSettings
from settings.models.gateway import GatewaySettings
from settings.models.mirrors import ImageSettings
from settings.models.monitoring import MonitoringSettings
from settings.models.network import NetworkSettings
from settings.models.pools import GP3_IOPS, GP3_THROUGHPUT, KarpenterPool, Pool, PoolFacts
from settings.models.services.base import ServiceSettings

KMS_KEYS = 2
"""The bucket's key and the one of the cluster's secrets."""
MONITORING_KEYS = 1
"""That of the topic of alerts."""
RESPONSE_LOGS_KEYS = 1
"""That of response logs."""
CONTAINER_LOGS_KEYS = 1
"""That of the log groups of the CloudWatch add-on."""


def platform_billable(
    values: Mapping[str, Any],
    *,
    stack: str,
    facts: Mapping[str, PoolFacts],
    kubernetes: str,
    balanced: Container[str],
    extended_support: bool = False,
    prometheus_gib: int | None = None,
) -> BillableStack:
    """A platform stack: network, cluster, pools, bucket and its own services.

    Args:
        values: its validated top-level settings by key, at least region and network; others may be missing in a file
            with issues, and count as not set.
        stack: its name.
        facts: facts of its pools.
        kubernetes: the cluster's version.
        balanced: names of the services with a load balancer of their own.
        extended_support: whether the version goes on after the end of standard support.
        prometheus_gib: GiB of Prometheus' volume that is there already; None for that of its size.
    """
    network: NetworkSettings = values["network"]
    pools: Mapping[str, Pool] = values.get("pools", {})
    services: Mapping[str, ServiceSettings] = values.get("services", {})
    gateway: GatewaySettings | None = values.get("gateway")
    zones = len(network.zones)
    nat_gateways = 1 if network.nat == "single" else zones
    wanted: MonitoringSettings | None = values.get("monitoring")
    alarms = alarm_keys(
        gateway=gateway is not None,
        certificate=gateway is not None and gateway.domain is not None,
        response_logs=gateway is not None and gateway.response_logs is not None,
        services=alarmed_services(services, balanced),
        node_groups=[name for name, pool in pools.items() if not isinstance(pool, KarpenterPool)],
        nat_gateways=nat_gateways,
        interruptions=any(isinstance(pool, KarpenterPool) for pool in pools.values()),
        quotas=alarmed_quotas(pools),
        chat=wanted is not None and wanted.notify.chat_webhook_secret_arn is not None,
        insights=wanted is not None and wanted.container_insights is not None,
    )
    monitoring = billable_monitoring(
        wanted,
        services=services,
        nodes=sum(pool.desired for pool in facts.values()),
        alarms=alarm_metrics(alarms),
        volume_gib=prometheus_gib,
    )
    return BillableStack(
        stack=stack,
        region=values["region"],
        zones=zones,
        kubernetes=kubernetes,
        extended_support=extended_support,
        nat_gateways=nat_gateways,
        endpoint_interfaces=len(network.interface_endpoints) * len(node_zones(network, pools)),
        kms_keys=KMS_KEYS + _keys_of_monitoring(monitoring) + _keys_of_gateway(gateway),
        pools=tuple(_pool(name, pool, facts[name], services) for name, pool in pools.items()),
        services=tuple(
            _service(name, service, facts.get(service.pool), balanced=name in balanced)
            for name, service in services.items()
        ),
        gateway=_gateway(gateway) if gateway else None,
        monitoring=monitoring,
        image_cache=values.get("images", ImageSettings()).pull_through is not None,
    )


def _gateway(settings: GatewaySettings) -> BillableGateway:
    return BillableGateway(
        internet_facing=settings.scheme == "internet-facing", response_logs=settings.response_logs is not None
    )


def _keys_of_gateway(settings: GatewaySettings | None) -> int:
    return RESPONSE_LOGS_KEYS if settings and settings.response_logs else 0


def _keys_of_monitoring(monitoring: BillableMonitoring | None) -> int:
    if monitoring is None:
        return 0
    return MONITORING_KEYS + (CONTAINER_LOGS_KEYS if monitoring.container_logs else 0)


def team_billable(
    *,
    stack: str,
    platform: str,
    facts: PlatformFacts | None,
    services: Mapping[str, ServiceSettings],
    balanced: Container[str],
) -> BillableStack:
    """A team stack: its load balancers and weights, and the platform's pools its services run on."""
    return BillableStack(
        stack=stack,
        region=facts.region if facts else None,
        zones=len(facts.zones) if facts else 0,
        platform=platform,
        platform_pools=tuple(_platform_pool(name, pool) for name, pool in facts.pools.items()) if facts else (),
        services=tuple(
            _service(name, service, facts.pools.get(service.pool) if facts else None, balanced=name in balanced)
            for name, service in services.items()
        ),
    )


def stack_prices(budget: BudgetSettings | None, table: PriceTable | None = None) -> PriceTable:
    """``table``, or the list prices, with the stack's own prices of instance types in place of theirs."""
    return (table or list_prices()).with_own(budget.instance_usd_per_hour if budget else {})


def gpu_usd_per_hour(stack: BillableStack, prices: PriceTable) -> dict[str, float]:
    """US dollars an hour of one GPU on demand, by the name of its pool, of its preferred type; pools without a price are not
    in it.
    """
    found = {pool.name: gpu_prices(pool, prices, pool.instance_types[0]) for pool in stack.pools}
    return {name: price.on_demand for name, price in found.items() if price}


def _service(name: str, service: ServiceSettings, pool: PoolFacts | None, *, balanced: bool) -> BillableService:
    """A service; its share is that of the type that its replicas are expected on."""
    found = replace(service.billable(name), load_balancer=balanced)
    return replace(found, instance_type=expected_type(pool, service.demand).name) if pool else found


def _pool(name: str, pool: Pool, facts: PoolFacts, services: Mapping[str, ServiceSettings]) -> BillablePool:
    needed = needed_types(pool, on_pool(name, services)) if isinstance(pool, KarpenterPool) else ()
    return BillablePool(
        name=name,
        instance_types=pool.instance_types,
        spot=pool.capacity == "spot",
        minimum=0 if isinstance(pool, KarpenterPool) else pool.min,
        # More than max is an issue of its own.
        deployed=min(facts.desired, facts.max),
        maximum=facts.max,
        disk=Disk(gib=pool.disk_gib, iops=GP3_IOPS, throughput=GP3_THROUGHPUT),
        limit=_limit(facts),
        needed=tuple(machine.name for machine in needed)[: facts.max],
    )


def _platform_pool(name: str, pool: PoolFacts) -> BillablePool:
    """A pool that another stack pays for: only the price of its GPUs matters."""
    limit = _limit(pool)
    return BillablePool(
        name=name,
        instance_types=pool.instance_types,
        spot=pool.capacity == "spot",
        minimum=0,
        deployed=0 if limit else min(pool.desired, pool.max),
        maximum=pool.max,
        disk=Disk(gib=0),
        limit=limit,
    )


def _limit(pool: PoolFacts) -> NodeLimit | None:
    if pool.limit_gpus is not None:
        return NodeLimit(amount=pool.limit_gpus, unit="GPUs")
    return None if pool.limit_vcpus is None else NodeLimit(amount=pool.limit_vcpus, unit="vCPUs")
