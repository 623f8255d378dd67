"""Warnings of a stack: settings that are allowed but questionable, logged in the preview."""

from collections.abc import Iterator, Mapping
from datetime import date

from planner.catalog.instances import InstanceType, instance_types
from planner.image_kernels import of_release, releases_for
from settings.derived.address_plan import layout, usable_addresses
from settings.derived.capacity import nodes_for_room
from settings.derived.node_addresses import addresses_a_node
from settings.derived.plan import StackPlan
from settings.issues import Issue, join
from settings.models.network import NetworkSettings
from settings.models.pools import PoolFacts
from settings.models.services.base import EndpointSettings, ServiceSettings
from settings.models.stack import PlatformSettings, TeamSettings
from settings.validation.caller import account_warnings
from settings.validation.drain_warnings import drain_warnings
from settings.validation.kinds import KINDS
from settings.validation.lifecycle_warnings import destroy_warnings, release_warnings, source_range_warnings
from settings.validation.ollama import volume_zone_warnings
from settings.validation.version_support import support_warnings

_RESERVED_CAPACITY = ("p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300")


def platform_warnings(settings: PlatformSettings, plan: StackPlan, today: date | None) -> Iterator[Issue]:
    """Every warning of a platform stack; those of its calendar only where ``today`` is given."""
    pools = plan.facts.pools
    yield from account_warnings(settings.account, settings.cluster.admins)
    for name, pool in pools.items():
        yield from _of_pool(name, pool)
    yield from _of_services(settings.services, plan)
    yield from fragmentation_warnings(settings.services, pools)
    yield from address_warnings(settings.network, pools)
    yield from volume_zone_warnings(settings.services, settings.pools, pools, settings.network.zones)
    if today:
        yield from support_warnings(settings.cluster, today)
    yield from drain_warnings(settings.services, plan, forced=settings.cluster.force_update_version)
    yield from release_warnings(settings.cluster, settings.pools)
    yield from destroy_warnings(settings.cluster, protect=settings.protect)


def team_warnings(settings: TeamSettings, plan: StackPlan) -> Iterator[Issue]:
    """Every warning of a team stack."""
    for name, pool in plan.facts.pools.items():
        yield from _of_pool(name, pool)
    yield from _of_services(settings.services, plan)
    yield from drain_warnings(settings.services, plan)
    yield from source_range_warnings(settings.services, plan.facts)


def _of_services(services: Mapping[str, ServiceSettings], plan: StackPlan) -> Iterator[Issue]:
    for name, service in services.items():
        for key, message in (*KINDS[service.kind].warnings(name, service, plan), *_of_endpoint(service.endpoint)):
            yield Issue(join("services", name, key), message)


def address_warnings(network: NetworkSettings, pools: Mapping[str, PoolFacts]) -> Iterator[Issue]:
    """A warning if the node subnets may run out of addresses before the pools are full."""
    addresses = sum(usable_addresses(cidr) for cidr in layout(network).node.values())
    nodes = sum(pool.max for pool in pools.values())
    taken = sum(pool.max * max(map(addresses_a_node, pool.machines)) for pool in pools.values())
    if taken > addresses:
        yield Issue(
            "network.node_cidrs",
            f"hold {addresses} addresses; {nodes} nodes at most, with about {taken} for themselves and their pods, "
            "may need more: give larger ones, or lower max of the pools",
        )


def fragmentation_warnings(services: Mapping[str, ServiceSettings], pools: Mapping[str, PoolFacts]) -> Iterator[Issue]:
    """A warning for each service whose replicas may find no node with GPUs enough, though the pool has them."""
    for name, service in services.items():
        if not service.gpus:
            continue
        pool = pools[service.pool]
        needed = nodes_for_room(service.pool, pool, services, service.gpus)
        if needed > pool.desired:
            yield Issue(
                join("services", name, "pool"),
                f"its replicas of {service.gpus} GPUs may find no node of {service.pool} with {service.gpus} free: smaller "
                f"ones are spread over all {pool.desired}; give it a pool of its own, or "
                f"pools.{service.pool}.min {needed}",
            )


def _of_pool(name: str, pool: PoolFacts) -> Iterator[Issue]:
    if pool.capacity == "spot" and len(pool.instance_types) == 1:
        # EKS User Guide, "Managed node groups", capacity types: several types make interruptions and refusals rarer.
        more = ", ".join([*pool.instance_types, *_alike(pool.machines[0])])
        yield Issue(
            join("pools", name, "instance_types"),
            f"is one type of spot, and where it has no capacity the pool gets no node: name several, such as [{more}]",
        )
    for machine in pool.machines:
        path = join("pools", name, "instance_types")
        if machine.family in _RESERVED_CAPACITY:
            yield Issue(
                path,
                f"{machine.name} is seldom free on demand: make an open On-Demand Capacity Reservation for it in a zone of "
                "the pool first, which its nodes use by themselves (a Capacity Block fits no pool)",
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
