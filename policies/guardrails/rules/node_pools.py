"""Rules on Karpenter's NodePools, and on those of EKS Auto Mode: limits, choices of capacity, taints of GPU nodes."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.node_classes import NODE_CLASSES, class_of, zones_of
from guardrails.analysis.node_pool_types import Gpus, choice, gpus
from guardrails.analysis.node_roles import NODE_POOLS
from guardrails.analysis.pool_limits import NVIDIA, OF_EVERY_NODE, OF_SOME_NODES, limits, replicas
from guardrails.analysis.pool_taints import KEEPS_OFF
from guardrails.analysis.requirements import CAPACITY_TYPE, TEMPLATE, ZONE, ZONE_ID, Requirements
from guardrails.analysis.routing import DEFAULT_SUBNET, SUBNET, VPC
from guardrails.engine.graph import VPC_COMPONENT, Graph
from guardrails.engine.rule import UNKNOWN_ITEM, Finding, Findings, Rule, Stack, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, UnknownPropertyError, as_list, get_path

_CAPACITY: Final = ("reserved", "spot", "on-demand")


def _limits(pool: Subject) -> Findings:
    if replicas(pool) is not None:
        return  # a static pool keeps this number of nodes
    allowed = limits(pool)
    if allowed.keys() & OF_EVERY_NODE:
        return
    if not allowed:
        yield Finding("has no spec.limits: it grows as long as pods are pending")
    elif not allowed.keys() & OF_SOME_NODES:
        yield Finding(f"spec.limits has only {', '.join(sorted(allowed))}, which Karpenter does not count")
    elif NVIDIA in allowed and gpus(Requirements(pool)) is not Gpus.ALL:
        yield Finding(
            f"spec.limits has only {', '.join(sorted(allowed))}, which its nodes without GPUs do not count for"
        )


def _single_choices(stack: Stack) -> Findings:
    graph = Graph(stack)
    for item in stack.of(UNKNOWN_ITEM):
        if "NodePoolList::" in item.urn:
            yield Unknown(f"{item.name} is unknown", item.urn)
    for pool in stack.of(*NODE_POOLS):
        yield from guard(_single_choice(pool, graph), pool.urn)


def _single_choice(pool: Subject, graph: Graph) -> Findings:
    requirements, node_class = Requirements(pool), class_of(pool, graph)
    parts: list[str] = []
    problem: UnknownPropertyError | None = None
    for part in (_types, _capacity_types, _zones):
        try:
            only = part(requirements, node_class, graph)
        except UnknownPropertyError as unknown:
            problem = problem or unknown
            continue
        if only is None:
            return
        parts.append(only)
    if problem:
        raise problem
    yield Finding(f"has only {parts[0]}, {parts[1]} and {parts[2]}: where EC2 has none left, nothing starts", pool.urn)


def _types(requirements: Requirements, _class: Subject | None, _graph: Graph) -> str | None:
    found = choice(requirements)
    if len(found.names) > 1:
        return None
    if found.complete:
        return f"instance type {found.names[0]}" if found.names else "an instance type that does not exist"
    if len(found.names) == 1:
        raise UnknownPropertyError(f"whether it may take other instance types than {found.names[0]} is unknown")
    return None


def _capacity_types(requirements: Requirements, node_class: Subject | None, _graph: Graph) -> str | None:
    on = requirements.on(CAPACITY_TYPE)
    taken = [one for one in _CAPACITY if on.takes(one)]
    if node_class is not None and "reserved" in taken:
        terms = get_path(node_class.props, "spec", "capacityReservationSelectorTerms")
        if terms is UNKNOWN and len(taken) == 2:
            raise UnknownPropertyError("spec.capacityReservationSelectorTerms of its node class is unknown")
        if terms is not UNKNOWN and not as_list(terms):
            taken.remove("reserved")  # without reservations there is no such capacity
    elif "reserved" in taken and on.listed is None:
        taken.remove("reserved")
    return None if len(taken) > 1 else f"capacity type {taken[0]}" if taken else "no capacity type"


def _zones(requirements: Requirements, node_class: Subject | None, graph: Graph) -> str | None:
    for key in (ZONE, ZONE_ID):
        listed = requirements.on(key).listed
        if listed is not None:
            return None if len(listed) > 1 else f"zone {next(iter(listed), 'of no name')}"
    zones = zones_of(node_class, graph) if node_class else None
    if zones is None:
        raise UnknownPropertyError("the zones of its node class's subnets are unknown")
    left = sorted(zone for zone in zones if requirements.on(ZONE).takes(zone))
    return None if len(left) > 1 else f"zone {left[0]}" if left else "no zone"


def _taint(pool: Subject) -> Findings:
    if gpus(Requirements(pool)) is not Gpus.ALL:
        return
    taints = as_list(pool.value(*TEMPLATE, "spec", "taints"))
    effects = [get_path(taint, "effect") for taint in taints]
    if not any(effect in KEEPS_OFF for effect in effects if effect is not UNKNOWN):
        if UNKNOWN in effects:
            raise UnknownPropertyError("a taint of spec.template.spec.taints is unknown")
        weak = "only taints that other pods may ignore" if effects else "no taint"
        yield Finding(f"its nodes have GPUs and {weak}: any pod may take their place")


RULES: Final = (
    Rule(
        id="nodepool-limits",
        family="node-pools",
        level=EnforcementLevel.MANDATORY,
        blocks="a NodePool without limits",
        why="One Deployment with a wrong number of replicas then buys nodes until the account's quota ends it.",
        fix="set spec.limits: nvidia.com/gpu of a pool of GPU nodes, cpu of any other",
        benchmarks="EKS best practices guide (Karpenter)",
        types=NODE_POOLS,
        judge=_limits,
    ),
    Rule(
        id="nodepool-single-choice",
        family="node-pools",
        level=EnforcementLevel.MANDATORY,
        blocks="a NodePool of one instance type, one capacity type and one zone",
        why="When EC2 has no capacity of it, Karpenter has nothing else to launch and pods stay pending.",
        fix="add an instance type, a capacity type (spot with on-demand behind it) or a zone to its requirements",
        benchmarks="EKS best practices guide (Karpenter)",
        types=NODE_POOLS | NODE_CLASSES | {SUBNET, DEFAULT_SUBNET, VPC, VPC_COMPONENT},
        judge_stack=_single_choices,
    ),
    Rule(
        id="nodepool-gpu-taint",
        family="node-pools",
        level=EnforcementLevel.MANDATORY,
        blocks="a NodePool of GPU nodes without a taint",
        why="A pod without a GPU then keeps a GPU node running, or takes the place of one that needs it.",
        fix="add the taint nvidia.com/gpu with effect NoSchedule to spec.template.spec.taints",
        benchmarks="EKS best practices guide (AI/ML compute)",
        types=NODE_POOLS,
        judge=_taint,
    ),
)
