"""What is wrong between settings that are each right by themselves."""

import difflib
from collections.abc import Callable

from settings.derived.address_plan import LAST_ZONE_LETTER, ZONE_LETTERS, network_problems
from settings.derived.capacity import gpu_sum, needed_nodes, requested_gpus
from settings.derived.node_room import nodes_to_pack
from settings.models.node_release import DEFAULT_RELEASES, of_another_version, of_the_future
from settings.models.pools import GpuPool, KarpenterPool, NodeGroup, NodeGroupPool
from settings.validation.autoscale import check_autoscale
from settings.validation.aws_limits import check_aws_limits
from settings.validation.budget import check_budget
from settings.validation.caller import check_caller
from settings.validation.deployed import check_deployed
from settings.validation.gateway import check_gateway
from settings.validation.karpenter import check_karpenter_pool
from settings.validation.monitoring import check_monitoring
from settings.validation.partial import PartialSettings
from settings.validation.priorities import check_priorities
from settings.validation.pull_through import check_pull_through
from settings.validation.regions import REGIONS
from settings.validation.services import check_services
from settings.validation.system_pool import check_system_pool
from settings.version import VERSION_TAG

RESERVED_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
OWN_TAGS = frozenset({"project", "stack", "owner", "managed-by", "cost-center", VERSION_TAG})


def check(partial: PartialSettings) -> None:
    """Add every issue that shows only between settings."""
    for one in _CHECKS:
        one(partial)
    check_aws_limits(partial)
    check_deployed(partial)
    check_caller(partial)
    check_pull_through(partial)
    check_services(partial)
    check_priorities(partial)
    check_gateway(partial)
    check_monitoring(partial)
    check_autoscale(partial)
    check_budget(partial)


def _check_namespace(partial: PartialSettings) -> None:
    namespace = partial.values.get("namespace")
    if namespace in RESERVED_NAMESPACES:
        partial.add_issue(f"{namespace!r} belongs to Kubernetes: choose another, such as llm", "namespace")
    if partial.platform and namespace == partial.platform.namespace:
        partial.add_issue(f"{namespace!r} is the platform's own: omit it, and it is the stack's name", "namespace")


def _check_tags(partial: PartialSettings) -> None:
    for tag in partial.values.get("tags", {}):
        if tag.lower() in OWN_TAGS:  # IAM compares tag keys without their case
            partial.add_issue(
                "is set by the platform itself: choose another tag, or set owner or cost_center", "tags", tag
            )


def _check_network(partial: PartialSettings) -> None:
    if partial.network:
        for path, message in network_problems(partial.network):
            partial.add_issue(message, "network", path)


def _check_zones(partial: PartialSettings) -> None:
    """Refuse letters that no account has; which of the others an account has, and EKS takes, the preflight checks."""
    if not (partial.network and partial.region):
        return
    known = ZONE_LETTERS.get(partial.region, "abc")
    for place, zone in enumerate(partial.network.zones):
        if zone > LAST_ZONE_LETTER:
            message = f"{partial.region}{zone} does not exist: choose from {', '.join(known)}"
            partial.add_issue(message, "network", "zones", place)


def _check_region(partial: PartialSettings) -> None:
    if partial.region and partial.region not in REGIONS:
        # Letters that changed places are the likelier slip: us-esat-1 is us-east-1, though us-west-1 is as near.
        given = sorted(partial.region)
        near = sorted(difflib.get_close_matches(partial.region, REGIONS, n=3), key=lambda one: sorted(one) != given)
        hint = f"did you mean {near[0]}?" if near else "`aws ec2 describe-regions --all-regions` lists them"
        partial.add_issue(f"{partial.region} is not an AWS region that this program's provider knows: {hint}", "region")


def _check_team_region(partial: PartialSettings) -> None:
    if partial.platform and partial.region and partial.region != partial.platform.region:
        partial.add_issue(f"is {partial.region}, the platform is in {partial.platform.region}: omit it", "region")


def _check_system_pool(partial: PartialSettings) -> None:
    if partial.team or "pools" not in partial.values or partial.names("pools") != frozenset(partial.pools):
        return
    system = [name for name, pool in partial.pools.items() if pool.kind == "system"]
    if not system:
        partial.add_issue(
            "has no pool of kind system: add system: {kind: system, instance_types: [m5.xlarge], min: 2, max: 4}",
            "pools",
        )
    for name in system[1:]:
        partial.add_issue(
            f"is a second pool of kind system beside {system[0]}: make it kind cpu", "pools", name, "kind"
        )


def _check_pool_zones(partial: PartialSettings) -> None:
    if partial.network is None:
        return
    zones = partial.network.zones
    for name, pool in partial.pools.items():
        for place, zone in enumerate(pool.zones):
            if zone not in zones:
                message = f"{zone} is not a zone of the network ({', '.join(zones)}): choose one of them"
                partial.add_issue(message, "pools", name, "zones", place)
        if pool.kind == "system" and len(pool.zones) == 1:
            message = "keeps the cluster's own pods in one zone: name two zones, or omit zones"
            partial.add_issue(message, "pools", name, "zones")


def _check_node_releases(partial: PartialSettings) -> None:
    if partial.cluster is None:
        return
    stated: list[tuple[tuple[str, ...], str | None]] = [(("cluster",), partial.cluster.node_release)]
    stated += [
        (("pools", name), pool.node_release) for name, pool in partial.pools.items() if isinstance(pool, NodeGroup)
    ]
    for place, release in stated:
        reason = release and of_another_version(release, partial.cluster.version)
        if release and not reason and partial.today:
            reason = of_the_future(release, partial.today)
        if reason:
            partial.add_issue(reason, *place, "node_release")
    of_karpenter = [name for name, pool in partial.pools.items() if isinstance(pool, KarpenterPool)]
    if of_karpenter and not partial.cluster.node_release and partial.cluster.version not in DEFAULT_RELEASES:
        partial.add_issue(
            f"is missing: no AMI release of Kubernetes {partial.cluster.version} is known here, and nodes of Karpenter "
            f"(pool {of_karpenter[0]}) need one; name one that https://github.com/awslabs/amazon-eks-ami/releases lists",
            *("cluster", "node_release"),
        )


def _check_nodes_needed(partial: PartialSettings) -> None:
    for name, pool in partial.pools.items():
        if isinstance(pool, KarpenterPool):
            check_karpenter_pool(partial, name, pool)
            continue
        if not isinstance(pool, GpuPool):
            _check_nodes(partial, name, pool)
            continue
        asked = requested_gpus(name, partial.services)
        needed = needed_nodes(name, pool, partial.services)
        if needed > pool.max:
            partial.add_issue(
                f"is {pool.max}, but services request {gpu_sum(name, pool, partial.services)} = {asked + pool.team_gpus} GPUs and a node has "
                f"{pool.gpus_per_node}: set max to {needed}, or request less",
                *("pools", name, "max"),
            )
        else:
            _check_packing(partial, name, pool, max(pool.min, needed))


def _check_nodes(partial: PartialSettings, name: str, pool: NodeGroupPool) -> None:
    """Refuse a pool without GPUs that is too small for the vCPUs and memory of its services."""
    needed = needed_nodes(name, pool, partial.services)
    if needed > pool.max:
        partial.add_issue(
            f"is {pool.max}, but the replicas of its services need {needed} nodes: set max to {needed}, or request less",
            *("pools", name, "max"),
        )


def _check_packing(partial: PartialSettings, name: str, pool: GpuPool, desired: int) -> None:
    replicas = [one.gpus for one in partial.services.values() if one.pool == name for _ in range(one.most_replicas)]
    if any(gpus > pool.gpus_per_node for gpus in replicas):
        return
    nodes = nodes_to_pack(pool.gpus_per_node, replicas)
    if nodes > desired:
        partial.add_issue(
            f"is {pool.min}, so {desired} nodes would run, but no replica is split over nodes and these take {nodes}: "
            f"set min to {nodes}{f' and max to {nodes}' if nodes > pool.max else ''}",
            *("pools", name, "min"),
        )


def _check_team_gpus(partial: PartialSettings) -> None:
    if not partial.platform:
        return
    for name, facts in partial.pool_facts.items():
        asked = requested_gpus(name, partial.services)
        if asked > facts.team_gpus and facts.kind == "gpu":
            partial.add_issue(
                f"request {asked} GPUs of pool {name}, which keeps {facts.team_gpus} for team stacks: request less, "
                f"or raise pools.{name}.team_gpus on the platform stack",
                "services",
            )


_CHECKS: tuple[Callable[[PartialSettings], None], ...] = (
    _check_namespace,
    _check_tags,
    _check_network,
    _check_zones,
    _check_region,
    _check_team_region,
    _check_system_pool,
    _check_pool_zones,
    check_system_pool,
    _check_node_releases,
    _check_nodes_needed,
    _check_team_gpus,
)
