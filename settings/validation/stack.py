"""What is wrong between settings that are each right by themselves."""

import difflib
from collections.abc import Callable

from settings.derived.address_plan import LAST_ZONE_LETTER, ZONE_LETTERS, network_problems
from settings.derived.capacity import asked_gpus, needed_nodes, nodes_to_pack
from settings.models.node_release import of_another_version, of_the_future
from settings.models.pools import GpuPool
from settings.validation.account import check_caller
from settings.validation.aws_limits import check_account
from settings.validation.budget import check_budget
from settings.validation.deployed import check_deployed
from settings.validation.partial import Draft
from settings.validation.regions import REGIONS
from settings.validation.services import check_services

RESERVED_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
OWN_TAGS = frozenset({"project", "stack", "owner", "managed-by", "cost-center"})


def check(draft: Draft) -> None:
    """Note every mistake that shows only between settings."""
    for one in _CHECKS:
        one(draft)
    check_account(draft)
    check_deployed(draft)
    check_caller(draft)
    check_services(draft)
    check_budget(draft)


def _check_namespace(draft: Draft) -> None:
    namespace = draft.values.get("namespace")
    if namespace in RESERVED_NAMESPACES:
        draft.problem(f"{namespace!r} belongs to Kubernetes: choose another, such as llm", "namespace")
    if draft.platform and namespace == draft.platform.namespace:
        draft.problem(f"{namespace!r} is the platform's own: leave it out, and it is the stack's name", "namespace")


def _check_tags(draft: Draft) -> None:
    for tag in draft.values.get("tags", {}):
        if tag.lower() in OWN_TAGS:  # IAM compares tag keys without their case
            draft.problem("is set by the platform itself: choose another tag, or set owner or cost_center", "tags", tag)


def _check_network(draft: Draft) -> None:
    if draft.network:
        for path, message in network_problems(draft.network):
            draft.problem(message, "network", path)


def _check_zones(draft: Draft) -> None:
    """Refuse letters that no account has; which of the others an account has, and EKS takes, the preflight asks it."""
    if not (draft.network and draft.region):
        return
    known = ZONE_LETTERS.get(draft.region, "abc")
    for place, zone in enumerate(draft.network.zones):
        if zone > LAST_ZONE_LETTER:
            message = f"{draft.region}{zone} does not exist: choose from {', '.join(known)}"
            draft.problem(message, "network", "zones", place)


def _check_region(draft: Draft) -> None:
    if draft.region and draft.region not in REGIONS:
        near = difflib.get_close_matches(draft.region, REGIONS, n=1)
        cure = f"did you mean {near[0]}?" if near else "`aws ec2 describe-regions --all-regions` lists them"
        draft.problem(f"{draft.region} is no AWS region that this program's provider knows: {cure}", "region")


def _check_team_region(draft: Draft) -> None:
    if draft.platform and draft.region and draft.region != draft.platform.region:
        draft.problem(f"is {draft.region}, the platform is in {draft.platform.region}: leave it out", "region")


def _check_system_pool(draft: Draft) -> None:
    if draft.team or "pools" not in draft.values or draft.names("pools") != frozenset(draft.pools):
        return
    system = [name for name, pool in draft.pools.items() if pool.kind == "system"]
    if not system:
        draft.problem(
            "has no pool of kind system: add system: {kind: system, instance_types: [m5.xlarge], min: 2, max: 4}",
            "pools",
        )
    for name in system[1:]:
        draft.problem(f"is a second pool of kind system beside {system[0]}: make it kind cpu", "pools", name, "kind")


def _check_pool_zones(draft: Draft) -> None:
    if draft.network is None:
        return
    zones = draft.network.zones
    for name, pool in draft.pools.items():
        for place, zone in enumerate(pool.zones):
            if zone not in zones:
                message = f"{zone} is no zone of the network ({', '.join(zones)}): choose one of them"
                draft.problem(message, "pools", name, "zones", place)
        if pool.kind == "system" and len(pool.zones) == 1:
            message = "keeps the cluster's own pods in one zone: name two zones, or leave it out"
            draft.problem(message, "pools", name, "zones")


def _check_node_releases(draft: Draft) -> None:
    if draft.cluster is None:
        return
    stated: list[tuple[tuple[str, ...], str | None]] = [(("cluster",), draft.cluster.node_release)]
    stated += [(("pools", name), pool.node_release) for name, pool in draft.pools.items()]
    for place, release in stated:
        reason = release and of_another_version(release, draft.cluster.version)
        if release and not reason and draft.today:
            reason = of_the_future(release, draft.today)
        if reason:
            draft.problem(reason, *place, "node_release")


def _check_gpu_sums(draft: Draft) -> None:
    for name, pool in draft.pools.items():
        if not isinstance(pool, GpuPool):
            continue
        asked = asked_gpus(name, draft.services)
        needed = needed_nodes(pool, asked)
        sums = " + ".join(
            f"{service} {one.replicas} x {one.gpus}" for service, one in draft.services.items() if one.pool == name
        )
        if pool.team_gpus:
            sums = f"{sums} + team_gpus {pool.team_gpus}" if sums else f"team_gpus {pool.team_gpus}"
        if needed > pool.max:
            draft.problem(
                f"is {pool.max}, but services ask for {sums} = {asked + pool.team_gpus} GPUs and a node has "
                f"{pool.gpus_per_node}: set max to {needed}, or ask for less",
                *("pools", name, "max"),
            )
        else:
            _check_packing(draft, name, pool, max(pool.min, needed))


def _check_packing(draft: Draft, name: str, pool: GpuPool, desired: int) -> None:
    replicas = [one.gpus for one in draft.services.values() if one.pool == name for _ in range(one.replicas)]
    if any(gpus > pool.gpus_per_node for gpus in replicas):
        return
    nodes = nodes_to_pack(pool.gpus_per_node, replicas)
    if nodes > desired:
        draft.problem(
            f"is {pool.min}, so {desired} nodes would run, but no replica is split over nodes and these take {nodes}: "
            f"set min to {nodes}{f' and max to {nodes}' if nodes > pool.max else ''}",
            *("pools", name, "min"),
        )


def _check_team_gpus(draft: Draft) -> None:
    if not draft.platform:
        return
    for name, facts in draft.facts.items():
        asked = asked_gpus(name, draft.services)
        if asked > facts.team_gpus and facts.kind == "gpu":
            draft.problem(
                f"ask for {asked} GPUs of pool {name}, which keeps {facts.team_gpus} for team stacks: ask for less, "
                f"or raise pools.{name}.team_gpus on the platform stack",
                "services",
            )


_CHECKS: tuple[Callable[[Draft], None], ...] = (
    _check_namespace,
    _check_tags,
    _check_network,
    _check_zones,
    _check_region,
    _check_team_region,
    _check_system_pool,
    _check_pool_zones,
    _check_node_releases,
    _check_gpu_sums,
    _check_team_gpus,
)
