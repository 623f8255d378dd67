"""The rule on what a whole stack may cost: the planner's arithmetic over what the stack registers."""

import math
from collections.abc import Iterator
from typing import Final

from pulumi import Config, ConfigTypeError
from pulumi_policy import EnforcementLevel

from guardrails.analysis.entry_points import INGRESSES
from guardrails.analysis.interfaces import INSTANCE, SPOT_INSTANCE
from guardrails.analysis.machine_types import GROUPS, machine_group
from guardrails.analysis.membership import Members
from guardrails.analysis.node_classes import NODE_CLASSES
from guardrails.analysis.node_roles import NODE_POOLS
from guardrails.analysis.pool_growth import most_expensive
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Rule, Stack, Subject, Unknown
from guardrails.engine.values import UNKNOWN, UnknownPropertyError, Value, as_list, get_path
from planner.catalog.instances import instance_types
from planner.cost import (
    HOURS_A_MONTH,
    BillablePool,
    BillableService,
    BillableStack,
    Disk,
    PriceTable,
    estimate,
    list_prices,
)
from planner.cost.text import dollars

CLUSTER: Final = "aws:eks/cluster:Cluster"
NAT: Final = "aws:ec2/natGateway:NatGateway"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
SERVICE: Final = "kubernetes:core/v1:Service"
LARGEST: Final = 3
NAMESPACE: Final = "llm-platform"
SETTING: Final = "budget"
OWN: Final = "instance_usd_per_hour"


def _budget(stack: Stack) -> Findings:
    budget = stack.config["usd_per_month"]
    if not budget:
        return
    own = _own_prices() if stack.config["own_prices"] else {}
    if isinstance(own, Unknown):
        yield own
        own = {}
    pools: list[BillablePool] = []
    prices = list_prices().with_own(own)
    members = Members(Graph(stack), NODE_CLASSES) if any(stack.of(*GROUPS)) else None
    for subject in stack.of(*GROUPS, INSTANCE, SPOT_INSTANCE):
        pool = _pool(subject, members)
        if isinstance(pool, Unknown):
            yield pool
        else:
            pools.append(pool)
    for subject in stack.of(*NODE_POOLS):
        try:
            pools += _grown(subject, prices)
        except UnknownPropertyError as problem:
            yield Unknown(str(problem), subject.urn)
    endpoints = 0
    for subject in stack.of(ENDPOINT):
        subnets = subject.props.get("subnetIds")
        if subnets is UNKNOWN:
            yield Unknown("the zones of an interface endpoint are unknown", subject.urn)
        else:
            endpoints += len(as_list(subnets))
    cost = estimate(
        BillableStack(
            stack="",
            region=None,
            zones=0,
            kubernetes="any" if any(stack.of(CLUSTER)) else None,
            nat_gateways=len(list(stack.of(NAT))),
            endpoint_interfaces=endpoints,
            pools=tuple(pools),
            services=tuple(_load_balancers(stack)),
        ),
        prices,
    )
    for gap in cost.gaps:
        yield Unknown(gap)
    spent = cost.total.maximum * HOURS_A_MONTH
    if spent > budget:
        parts = ", ".join(
            f"{item.what} {dollars(item.amounts.maximum * HOURS_A_MONTH)}"
            for item in cost.largest(LARGEST)
            if item.amounts
        )
        yield Finding(
            f"may cost {dollars(spent)} US dollars a month at its largest ({parts}; {cost.priced}), "
            f"the budget is {budget:g}"
        )


def _own_prices() -> dict[str, float] | Unknown:
    """The prices in the settings of the stack under judgement: instance type to US dollars an hour.

    The engine hands a pack the stack's configuration (``AnalyzerStackConfigureRequest.config``), so they are read where
    the program reads them. The program checks them; what it would refuse counts for nothing here.
    """
    try:
        settings = Config(NAMESPACE).get_object(SETTING)
    except ConfigTypeError:
        return Unknown(f"{NAMESPACE}:{SETTING} of the stack cannot be read, so its own prices do not count")
    prices = settings.get(OWN) if isinstance(settings, dict) else None
    given = prices if isinstance(prices, dict) else {}
    return {
        name: float(usd)
        for name, usd in given.items()
        if isinstance(usd, int | float) and not isinstance(usd, bool) and math.isfinite(usd) and usd >= 0
    }


def _pool(subject: Subject, members: Members | None) -> BillablePool | Unknown:
    """Return its nodes at their largest, or what a preview does not know of them."""
    types: Value
    most: Value
    if subject.type in GROUPS and members is not None:
        group = machine_group(subject, members)
        types, most = list(group.types), group.most
    else:
        types, most = subject.props.get("instanceType"), 1
    if most is UNKNOWN or not isinstance(most, int | float):
        return Unknown("the largest size is unknown", subject.urn)
    names = as_list(types)
    if not names or any(name is UNKNOWN for name in names):
        return Unknown("an instance type is unknown", subject.urn)
    if strange := [str(name) for name in names if name not in instance_types()]:
        return Unknown(f"instance type {', '.join(strange)} is not in the table of planner/data", subject.urn)
    return _nodes(subject.name, tuple(map(str, names)), int(most))


def _grown(subject: Subject, prices: PriceTable) -> list[BillablePool]:
    """The nodes of a NodePool at its limits, and the one node by which it may exceed them."""
    usd = {name: price.usd for name, price in prices.nodes.items()}
    return [_nodes(subject.name, (one.machine,), one.nodes) for one in most_expensive(subject, usd)]


def _nodes(name: str, types: tuple[str, ...], size: int) -> BillablePool:
    return BillablePool(
        name=name,
        instance_types=types,
        spot=False,  # at its on-demand price, which spot never exceeds
        minimum=size,
        deployed=size,
        maximum=size,
        disk=Disk(gib=0),
    )


def _load_balancers(stack: Stack) -> Iterator[BillableService]:
    for subject in stack.of(SERVICE):
        if get_path(subject.props, "spec", "type") == "LoadBalancer":
            yield BillableService(name=subject.name, pool="", replicas=1, gpus=0, weights_gib=0)
    for subject in stack.of(*INGRESSES):
        annotated = get_path(subject.props, "metadata", "annotations", "kubernetes.io/ingress.class")
        if "alb" in {annotated, get_path(subject.props, "spec", "ingressClassName")}:
            yield BillableService(name=subject.name, pool="", replicas=1, gpus=0, weights_gib=0)


RULES: Final = (
    Rule(
        id="cost-budget",
        family="cost",
        level=EnforcementLevel.MANDATORY,
        blocks="a stack that may cost more than its budget",
        why="A pool that grows needs no second approval of the money.",
        fix="lower the largest size of its pools, take other instance types, or raise usd_per_month in the stack's "
        "policy settings",
        benchmarks="",
        judge_stack=_budget,
        settings={
            "own_prices": {
                "type": "boolean",
                "default": True,
                "description": "Whether the stack's own prices (`budget.instance_usd_per_hour` in its settings) take the "
                "place of list prices, as they do in the stack's own budget; false where the user who deploys must not set "
                "them.",
            },
            "usd_per_month": {
                "type": "number",
                "minimum": 0,
                "default": 100_000,
                "description": "Most US dollars a month of nodes at their largest size, control plane, NAT gateways, "
                "interface endpoints and load balancers, at list prices or the stack's own; 0 for no budget. Disks and traffic are not "
                "in it.",
            },
        },
    ),
)
