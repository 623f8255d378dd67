"""The CloudWatch alarms that a platform has, by key: what is made is `components/monitoring/cloud/`, and a test compares both."""

from collections.abc import Container, Iterable, Mapping

from planner.catalog.quotas import Quota, quotas_of
from settings.models.pools import KarpenterPool, Pool
from settings.models.services.base import ServiceSettings

GATEWAY = ("alb-errors", "alb-target-errors", "alb-latency", "alb-targets", "table-throttled")
CERTIFICATE = "certificate"
RESPONSE_LOGS = "response-logs-delivery"
INTERRUPTIONS = "interruption-queue"
DELIVERY = ("alerts-undelivered", "events-undelivered")
CHAT = ("chat-errors", "chat-dead-letters")
MONITORING = ("prometheus-pod", "alertmanager-pod")
RULES = 6
"""Rules of EventBridge that publish alerts."""
_METRICS = {"alb-target-errors": 2, "table-throttled": 2, "node-group": 2, "events-undelivered": RULES}
"""Metrics of alarms with more than one, by the begin of their key."""


def alarm_metrics(keys: Iterable[str]) -> int:
    """Metrics that the alarms of these keys watch, by which CloudWatch charges (https://aws.amazon.com/cloudwatch/pricing/)."""
    return sum(_METRICS.get(key.partition("/")[0], 1) for key in keys)


def service_key(service: str) -> str:
    """The alarm of a service's own load balancer."""
    return f"nlb-targets/{service}"


def node_group_key(pool: str) -> str:
    """The alarm of a pool's node group."""
    return f"node-group/{pool}"


def nat_key(number: int) -> str:
    """The alarm of the network's NAT gateway of that number, from 1 on."""
    return f"nat-ports/{number}"


def quota_key(usage_class: str) -> str:
    """The alarm of an EC2 quota, by the class of its use: ``vcpu-quota/g/spot`` of ``G/Spot``."""
    return f"vcpu-quota/{usage_class.lower()}"


def alarmed_quotas(pools: Mapping[str, Pool]) -> dict[str, Quota]:
    """The EC2 quotas that count nodes of these pools, by the class of their use; none whose use has no known class."""
    counting: set[Quota] = set()
    for pool in pools.values():
        capacity_types = pool.capacity_types if isinstance(pool, KarpenterPool) else (pool.capacity,)
        counting |= quotas_of(pool.instance_types, capacity_types)
    found = {one.usage_class: one for one in counting if one.usage_class}
    return dict(sorted(found.items()))


def alarmed_services(services: Mapping[str, ServiceSettings], balanced: Container[str]) -> tuple[str, ...]:
    """Names of the services with a load balancer of their own, which are `balanced`, and always a pod."""
    return tuple(name for name, service in services.items() if name in balanced and service.least_replicas)


def alarm_keys(
    *,
    gateway: bool,
    certificate: bool,
    response_logs: bool,
    services: Iterable[str],
    node_groups: Iterable[str],
    nat_gateways: int,
    interruptions: bool,
    quotas: Iterable[str],
    chat: bool,
    insights: bool,
) -> tuple[str, ...]:
    """Keys of all alarms.

    Args:
        gateway: whether there is one.
        certificate: whether it has a domain, with a certificate.
        response_logs: whether it keeps response logs.
        services: names of those with an alarm on their load balancer.
        node_groups: names of their pools.
        nat_gateways: how many.
        interruptions: whether Karpenter reads a queue of them.
        quotas: classes of use of the EC2 quotas that count their nodes.
        chat: whether alerts go to a chat.
        insights: whether Container Insights counts the pods of Prometheus and Alertmanager.
    """
    return (
        *(GATEWAY if gateway else ()),
        *((CERTIFICATE,) if certificate else ()),
        *((RESPONSE_LOGS,) if response_logs else ()),
        *(service_key(name) for name in services),
        *(node_group_key(name) for name in node_groups),
        *(nat_key(number) for number in range(1, nat_gateways + 1)),
        *((INTERRUPTIONS,) if interruptions else ()),
        *(quota_key(usage_class) for usage_class in quotas),
        *DELIVERY,
        *(CHAT if chat else ()),
        *(MONITORING if insights else ()),
    )
