"""Warnings of a stack: settings that are allowed but questionable, logged in the preview."""

from collections.abc import Iterator, Mapping
from datetime import date

from planner.catalog.instances import InstanceType, instance_types
from planner.image_kernels import of_release, releases_for
from settings.artifacts.needs import Needs
from settings.derived.address_plan import layout, usable_addresses
from settings.derived.capacity import nodes_for_room
from settings.derived.node_addresses import most_addresses
from settings.derived.plan import StackPlan
from settings.issues import Issue, join
from settings.models.network import NetworkSettings
from settings.models.pools import KarpenterPool, PoolFacts
from settings.models.services.base import EndpointSettings, ServiceSettings
from settings.models.stack import PlatformSettings, TeamSettings
from settings.validation.autoscale import autoscale_warnings
from settings.validation.caller import account_warnings
from settings.validation.drain_warnings import drain_warnings
from settings.validation.gateway import gateway_warnings, price_warnings
from settings.validation.karpenter_warnings import isolated_warnings, karpenter_warnings, unused_warnings
from settings.validation.kinds import KINDS
from settings.validation.lifecycle_warnings import (
    destroy_warnings,
    release_warnings,
    source_range_warnings,
    volume_key_warnings,
)
from settings.validation.mirror_warnings import mirror_warnings
from settings.validation.monitoring import alert_warnings, monitoring_warnings
from settings.validation.ollama import volume_zone_warnings
from settings.validation.system_pool import mirror_job_warnings
from settings.validation.version_support import support_warnings

_OF_NODE_GROUP = "an open one, which its nodes use by themselves (a Capacity Block fits no pool)"
_OF_KARPENTER = "and name it in capacity_reservations, with reserved in capacity_types"
_IMAGE_FAMILIES = frozenset(
    [
        "p6-b300",
        "p6-b200",
        "p5",
        "p5e",
        "p5en",
        "p4d",
        "p4de",
        "p3",
        "p3dn",
        "g7e",
        "gr6",
        "g6",
        "g6e",
        "g6f",
        "gr6f",
        "g5",
        "g4dn",
    ]
)
"""Families that EKS's AL2023 image with NVIDIA's driver is for: EKS User Guide, "Use EKS-optimized accelerated AMIs for GPU
instances"; the driver of others is newer than the one in it."""
_RESERVED_CAPACITY = ("p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300")


def platform_warnings(settings: PlatformSettings, plan: StackPlan, today: date | None) -> Iterator[Issue]:
    """Every warning of a platform stack; those of its calendar only where ``today`` is given."""
    pools = plan.facts.pools
    yield from account_warnings(settings.account, settings.cluster.admins)
    for name, pool in pools.items():
        own = settings.pools[name]
        yield from _of_pool(name, pool, reserved=isinstance(own, KarpenterPool) and "reserved" in own.capacity_types)
    yield from _of_services(settings.services, plan)
    yield from fragmentation_warnings(settings.services, pools)
    yield from address_warnings(settings.network, pools)
    yield from volume_zone_warnings(settings.services, settings.pools, pools, settings.network.zones)
    if today:
        yield from support_warnings(settings.cluster, today)
    yield from drain_warnings(settings.services, plan, forced=settings.cluster.force_update_version)
    yield from karpenter_warnings(settings.services, settings.pools, plan, protect=settings.protect)
    yield from unused_warnings(settings.cluster, settings.pools)
    yield from isolated_warnings(settings)
    yield from release_warnings(settings.cluster, settings.pools)
    yield from destroy_warnings(settings.cluster, protect=settings.protect)
    yield from volume_key_warnings(settings.cluster)
    yield from mirror_job_warnings(settings, keda=plan.facts.keda is not None)
    yield from gateway_warnings(settings)
    yield from price_warnings(settings.services, gateway=settings.gateway is not None)
    yield from autoscale_warnings(settings.services, plan)
    yield from monitoring_warnings(settings.monitoring, plan.prometheus_gib)
    yield from alert_warnings(settings.services, monitoring=settings.monitoring.enabled)
    needs = Needs(
        platform=True,
        pools=settings.pools,
        services=settings.services,
        gateway=settings.gateway is not None,
        monitoring=settings.monitoring.enabled,
        grafana=settings.monitoring.grafana is not None,
        keda=plan.facts.keda is not None,
    )
    yield from mirror_warnings(
        needs, charts=settings.charts.mirror, images=settings.images.mirror, caches=plan.facts.image_caches
    )


def team_warnings(settings: TeamSettings, plan: StackPlan) -> Iterator[Issue]:
    """Every warning of a team stack."""
    for name, pool in plan.facts.pools.items():
        yield from _of_pool(name, pool)
    yield from _of_services(settings.services, plan)
    yield from drain_warnings(settings.services, plan)
    yield from source_range_warnings(settings.services, plan.facts)
    yield from price_warnings(settings.services, gateway=plan.facts.gateway is not None)
    yield from autoscale_warnings(settings.services, plan)
    yield from alert_warnings(settings.services, monitoring=plan.facts.monitoring is not None)
    needs = Needs(platform=False, services=settings.services)
    yield from mirror_warnings(needs, charts=None, images=plan.facts.image_mirror)


def _of_services(services: Mapping[str, ServiceSettings], plan: StackPlan) -> Iterator[Issue]:
    for name, service in services.items():
        for key, message in (*KINDS[service.kind].warnings(name, service, plan), *_of_endpoint(service.endpoint)):
            yield Issue(join("services", name, key), message)


def address_warnings(network: NetworkSettings, pools: Mapping[str, PoolFacts]) -> Iterator[Issue]:
    """A warning if the node subnets may run out of addresses before the pools are full."""
    addresses = sum(usable_addresses(cidr) for cidr in layout(network).node.values())
    nodes = sum(pool.max for pool in pools.values())
    taken = sum(map(most_addresses, pools.values()))
    if taken > addresses:
        yield Issue(
            "network.node_cidrs",
            f"hold {addresses} addresses; {nodes} nodes at most, with about {taken} for themselves and their pods, "
            "may need more: give larger ones, or lower max or limits of the pools",
        )


def fragmentation_warnings(services: Mapping[str, ServiceSettings], pools: Mapping[str, PoolFacts]) -> Iterator[Issue]:
    """A warning for each service whose replicas may find no node with GPUs enough, though its node group has them."""
    for name, service in services.items():
        pool = pools[service.pool]
        if not service.gpus or pool.provisioner == "karpenter":
            continue  # Karpenter launches a node with GPUs enough
        needed = nodes_for_room(service.pool, pool, services, service.gpus)
        if needed > pool.desired:
            yield Issue(
                join("services", name, "pool"),
                f"its replicas of {service.gpus} GPUs may find no node of {service.pool} with {service.gpus} free: smaller "
                f"ones are spread over all {pool.desired}; give it a pool of its own, or "
                f"pools.{service.pool}.min {needed}",
            )


def _of_pool(name: str, pool: PoolFacts, *, reserved: bool = False) -> Iterator[Issue]:
    karpenter = pool.provisioner == "karpenter"
    if pool.capacity == "spot" and len(pool.instance_types) == 1 and not karpenter:
        # EKS User Guide, "Managed node groups", capacity types: several types make interruptions and refusals rarer.
        more = ", ".join([*pool.instance_types, *_alike(pool.machines[0])])
        yield Issue(
            join("pools", name, "instance_types"),
            f"is one type of spot, and where it has no capacity the pool gets no node: name several, such as [{more}]",
        )
    for machine in pool.machines:
        path = join("pools", name, "instance_types")
        if machine.family in _RESERVED_CAPACITY and not reserved:
            yield Issue(
                path,
                f"{machine.name} is seldom free on demand: make an On-Demand Capacity Reservation for it in a zone of the pool "
                f"first, {_OF_KARPENTER if karpenter else _OF_NODE_GROUP}",
            )
        if machine.gpu and machine.family not in _IMAGE_FAMILIES:
            yield Issue(
                path,
                f"{machine.name} is not among the types that EKS's AMI with NVIDIA's driver is for, so its GPUs may never be "
                "allocatable: take another family, or a node_release whose driver has them "
                "(https://github.com/awslabs/amazon-eks-ami/releases)",
            )
        if machine.gpu and not of_release(None).include(machine.gpu.compute_capability):
            releases = releases_for(machine.gpu.compute_capability)
            yield Issue(
                path,
                f"{machine.name} has the {machine.gpu.name}, for which current vLLM images have no kernels: a service on it "
                f"needs an image of {releases}",
            )


def _alike(machine: InstanceType) -> list[str]:
    """The next larger types with the same GPUs, or of the same family where it has none; two at most."""
    larger = [
        one
        for one in instance_types().values()
        if (one.family, one.gpus, one.gpu) == (machine.family, machine.gpus, machine.gpu) and one.vcpus > machine.vcpus
    ]
    return [one.name for one in sorted(larger, key=lambda one: one.vcpus)[:2]]


def _of_endpoint(endpoint: EndpointSettings) -> Iterator[tuple[str, str]]:
    if "0.0.0.0/0" in endpoint.source_ranges:
        yield "endpoint.source_ranges", "0.0.0.0/0 is every address: a client with the key can call from anywhere"
    if endpoint.scheme == "internet-facing":
        yield (
            "endpoint.scheme",
            "keys and prompts cross the internet in plain HTTP: end TLS before it, or keep it internal and use a VPN",
        )
