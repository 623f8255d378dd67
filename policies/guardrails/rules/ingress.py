"""Rules on what security groups let in from the whole internet, to nodes and to anything."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.cluster_network import SECURITY_GROUP
from guardrails.analysis.node_security import TYPES, NodeSecurity
from guardrails.analysis.prefix_lists import TYPES as PREFIX_LIST_TYPES
from guardrails.analysis.prefix_lists import PrefixLists
from guardrails.analysis.security_groups import (
    DEFAULT_SECURITY_GROUP,
    INGRESS_RULE,
    SECURITY_GROUP_RULE,
    open_rules,
    opens_only,
)
from guardrails.engine.graph import Graph
from guardrails.engine.rule import (
    Finding,
    Findings,
    Rule,
    Stack,
    Subject,
    Unknown,
    requested_properties,
    was_judged_alone,
)
from guardrails.engine.values import Properties


def _nodes_open(stack: Stack) -> Findings:
    graph = Graph(stack)
    security = NodeSecurity(graph)
    nodes, perhaps = security.sure, security.perhaps
    lists = PrefixLists(graph)
    for subject in stack.of(SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE):
        groups: tuple[Subject, ...] = (subject,)
        through: tuple[Subject, ...] = ()
        if subject.type != SECURITY_GROUP:
            targets = graph.targets(subject, "securityGroupId", subject.props.get("securityGroupId"), SECURITY_GROUP)
            groups, through = targets.subjects, targets.through
        sure = [f"node {nodes[group.urn]}" for group in groups if group.urn in nodes]
        if not groups and (cluster := security.of_cluster(subject)):
            sure.append(f"the nodes of cluster {cluster}")
        unsure = [f"node {perhaps[group.urn]}" for group in groups if group.urn in perhaps]
        unsure += [
            f"node {name}" for group in through for name in (nodes.get(group.urn), perhaps.get(group.urn)) if name
        ]
        for node in dict.fromkeys([*sure, *unsure]):
            for found, _ in open_rules(subject, lists):
                if isinstance(found, Unknown):
                    yield replace(found, urn=subject.urn)
                elif node in sure:
                    yield replace(found, what=f"{found.what} on {node}", urn=subject.urn)
                else:
                    yield Unknown(f"{found.what}, perhaps on {node}", subject.urn)


_OPENED: Final = frozenset({SECURITY_GROUP, DEFAULT_SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE})


def _open_ingress(subject: Subject) -> Findings:
    if subject.type in _OPENED:
        yield from _but_for_ports(subject.config["ports"], open_rules(subject))


def _open_lists(stack: Stack) -> Findings:
    """Judge what only the whole stack shows: the prefix lists that rules name, and groups that were not seen alone."""
    lists = PrefixLists(Graph(stack))
    for subject in stack.of(*_OPENED):
        asked = replace(subject, props=requested_properties(subject))
        found = open_rules(asked, lists, cidrs=not was_judged_alone(subject.urn))
        for one in _but_for_ports(stack.config["ports"], found):
            yield replace(one, urn=subject.urn)


def _but_for_ports(ports: list[float], found: Iterable[tuple[Finding | Unknown, Properties]]) -> Findings:
    for one, rule in found:
        allowed = opens_only(rule, ports) if rule else False
        if allowed is None:
            yield Unknown(one.what)
        elif not allowed:
            yield one


RULES: Final = (
    Rule(
        id="node-web-ingress",
        family="node-ingress",
        level=EnforcementLevel.MANDATORY,
        blocks="a node in a security group that is open to the internet, on whatever port",
        why="A load balancer may be open on 443, what stands behind it may not.",
        fix="give nodes a group of their own, open to the load balancer's group",
        benchmarks="FSBP EC2.18, trivy AWS-0107",
        types=TYPES | PREFIX_LIST_TYPES | {SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE},
        judge_stack=_nodes_open,
    ),
    Rule(
        id="node-open-ingress",
        family="node-ingress",
        level=EnforcementLevel.MANDATORY,
        blocks="ingress from the whole internet",
        why="A security group open to 0.0.0.0/0 or ::/0 makes everything behind it a public service.",
        fix="name the source networks or security groups",
        benchmarks="FSBP EC2.18, EC2.19, CKV_AWS_24, CKV_AWS_25, CKV_AWS_260, CKV_AWS_277, trivy AWS-0107",
        types=_OPENED | PREFIX_LIST_TYPES,
        judge=_open_ingress,
        judge_stack=_open_lists,
        settings={
            "ports": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": 65535},
                "default": [443],
                "description": "Single ports that a group may open, for a load balancer; node-web-ingress keeps nodes out of it.",
            }
        },
    ),
)
