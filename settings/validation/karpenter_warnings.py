"""What Karpenter may do to a service while it is used: printed as warnings in the preview.

A spot interruption gives two minutes' notice, consolidation and expiry evict within the disruption budget: a service of one
replica is gone until its pod is ready on another node, a service of several loses one at a time.
"""

from collections.abc import Iterator, Mapping

from settings.derived.capacity import on_pool
from settings.derived.karpenter_capacity import limit_of, size_of
from settings.derived.plan import StackPlan
from settings.issues import Issue, join
from settings.models.cluster import ClusterSettings
from settings.models.karpenter import KarpenterSettings
from settings.models.pools import KarpenterNodePool, KarpenterPool, Pool, SystemPool, has_karpenter
from settings.models.services.base import ServiceSettings
from settings.models.stack import PlatformSettings
from settings.validation.drain_warnings import NODE_AND_IMAGE_SECONDS


def karpenter_warnings(
    services: Mapping[str, ServiceSettings], pools: Mapping[str, Pool], plan: StackPlan, *, protect: bool
) -> Iterator[Issue]:
    """A warning for each service whose Karpenter pool interrupts it, or gives its replicas too little time to move.

    And one where EC2 may take back the nodes of Karpenter itself.

    Args:
        services: the stack's services by name.
        pools: the stack's pools by name.
        plan: what follows from the settings: how long a start takes.
        protect: the stack's ``protect``, which decides when nodes are consolidated unless a pool does.
    """
    if has_karpenter(pools):
        yield from _of_its_own_nodes(pools)
    for name, pool in pools.items():
        if not isinstance(pool, KarpenterPool):
            continue
        own = on_pool(name, services)
        yield from _of_types_above_the_limit(name, pool)
        yield from _of_single_replicas(name, pool, own, protect=protect)
        for key, service in own.items():
            waits = plan.timings[key].expected + NODE_AND_IMAGE_SECONDS
            if service.most_replicas > 1 and waits > pool.termination_grace_seconds:
                yield Issue(
                    join("pools", name, "termination_grace_seconds"),
                    f"is {pool.termination_grace_seconds}, after which a drain ends pods whatever their disruption budget "
                    f"says, and a replica of {key} takes up to {waits} s to come back on a new node: two may be gone at once; "
                    f"set {waits} or more",
                )


def unused_warnings(cluster: ClusterSettings, pools: Mapping[str, Pool]) -> Iterator[Issue]:
    """A warning for settings of Karpenter's controller on a stack that has none."""
    if cluster.karpenter != KarpenterSettings() and not has_karpenter(pools):
        yield Issue("cluster.karpenter", "changes nothing: no pool has provisioner karpenter; omit it")


_ALWAYS = ("ecr.api", "ecr.dkr", "ec2", "eks", "sts", "elasticloadbalancing", "sqs", "ssm")
"""Endpoints without which nodes, the EBS driver, the load balancer controller and Karpenter do not work."""


def isolated_warnings(settings: PlatformSettings) -> Iterator[Issue]:
    """A warning where nodes reach AWS by interface endpoints alone, and the network lacks some that the stack needs.

    No refusal: an endpoint may be made elsewhere, or shared with the VPC.
    """
    if not settings.cluster.karpenter.isolated_vpc or not has_karpenter(settings.pools):
        return
    monitoring, logs = settings.monitoring, settings.gateway and settings.gateway.response_logs
    needed = (
        *_ALWAYS,
        *(("logs", "monitoring") if monitoring.container_insights else ()),
        *(("sns",) if monitoring.enabled else ()),
        *(("aps-workspaces",) if monitoring.remote_write else ()),
        *(("secretsmanager",) if monitoring.grafana else ()),
        *(("kinesis-firehose",) if logs else ()),
    )
    missing = [one for one in needed if one not in settings.network.interface_endpoints]
    if missing:
        yield Issue(
            "network.interface_endpoints",
            f"has no {', '.join(missing)}, and with cluster.karpenter.isolated_vpc nodes reach AWS through interface endpoints "
            "alone: what needs them never becomes ready; add them, unless the VPC gets them elsewhere",
        )


def _of_its_own_nodes(pools: Mapping[str, Pool]) -> Iterator[Issue]:
    """A warning for a system pool of spot: Karpenter's controller, which drains the others, goes with its node.

    An eviction that is cut short leaves its pod running and counted as disrupted for two minutes, the whole of a notice:
    kubernetes/pkg/controller/disruption, DeletionTimeout. Seen in the rehearsal when both notices come within a second.
    """
    for name, pool in pools.items():
        if isinstance(pool, SystemPool) and pool.capacity == "spot":
            yield Issue(
                join("pools", name, "capacity"),
                "is spot, and Karpenter's controller runs there: where EC2 takes its node while it drains another one, that "
                "drain may not go on within the notice, and requests of the pods there break; use on_demand",
            )


def _of_types_above_the_limit(name: str, pool: KarpenterNodePool) -> Iterator[Issue]:
    above = [machine.name for machine in pool.machines if size_of(machine) > limit_of(pool)]
    if above:
        yield Issue(
            join("pools", name, "instance_types"),
            f"{', '.join(above)} has more than limits allow, so Karpenter never launches it: raise limits, or omit it",
        )


def _of_single_replicas(
    name: str, pool: KarpenterNodePool, services: Mapping[str, ServiceSettings], *, protect: bool
) -> Iterator[Issue]:
    moves = pool.consolidates(protect=protect).policy != "WhenEmpty"
    for key, service in services.items():
        if service.most_replicas > 1:
            continue
        where = join("services", key, service.most_replicas_key)
        if pool.capacity_types == ("spot",):
            yield Issue(
                where,
                f"is 1, and pool {name} has spot alone: an interruption is a gap, as long as EC2 has no spot for it; two "
                f"replicas, or pools.{name}.capacity_types [spot, on_demand]",
            )
        if moves:
            yield Issue(
                where,
                f"is 1, and consolidation of pool {name} moves it to a cheaper node while it is used: two replicas, or "
                f"pools.{name}.consolidation {{policy: WhenEmpty}}",
            )
