"""The rule that keeps nodes out of security groups that a load balancer may have."""

from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.cluster_network import SECURITY_GROUP
from guardrails.analysis.membership import INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE
from guardrails.analysis.security_groups import INGRESS_RULE, SECURITY_GROUP_RULE, open_rules
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Findings, Rule, Stack, Subject, Unknown
from guardrails.engine.values import Value, as_list, objects

_GROUPS_OF: Final = {
    LAUNCH_TEMPLATE: "vpcSecurityGroupIds",
    INSTANCE: "vpcSecurityGroupIds",
    LAUNCH_CONFIGURATION: "securityGroups",
}


def _node_groups(stack: Stack, graph: Graph) -> tuple[dict[str, str], dict[str, str]]:
    """URN of each security group that a node has, to the node's name, and of each that one may have."""
    found: dict[str, str] = {}
    perhaps: dict[str, str] = {}
    for node in stack.of(*_GROUPS_OF):
        places: list[tuple[str, Value]] = [(_GROUPS_OF[node.type], node.props.get(_GROUPS_OF[node.type]))]
        if node.type == LAUNCH_TEMPLATE:
            interfaces = objects(node.props.get("networkInterfaces"))
            places += [("networkInterfaces", item.get("securityGroups")) for item in interfaces]
        for prop, value in places:
            targets = graph.targets(node, prop, as_list(value), SECURITY_GROUP)
            found |= dict.fromkeys((group.urn for group in targets.subjects), node.name)
            perhaps |= dict.fromkeys((group.urn for group in targets.through), node.name)
    return found, perhaps


def _nodes_open(stack: Stack) -> Findings:
    graph = Graph(stack)
    nodes, perhaps = _node_groups(stack, graph)
    for subject in stack.of(SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE):
        groups: tuple[Subject, ...] = (subject,)
        through: tuple[Subject, ...] = ()
        if subject.type != SECURITY_GROUP:
            targets = graph.targets(subject, "securityGroupId", subject.props.get("securityGroupId"), SECURITY_GROUP)
            groups, through = targets.subjects, targets.through
        sure = [nodes[group.urn] for group in groups if group.urn in nodes]
        unsure = [perhaps[group.urn] for group in groups if group.urn in perhaps]
        unsure += [node for group in through for node in (nodes.get(group.urn), perhaps.get(group.urn)) if node]
        for node in dict.fromkeys([*sure, *unsure]):
            for found, _ in open_rules(subject):
                if isinstance(found, Unknown):
                    yield replace(found, urn=subject.urn)
                elif node in sure:
                    yield replace(found, what=f"{found.what} on node {node}", urn=subject.urn)
                else:
                    yield Unknown(f"{found.what}, perhaps on node {node}: its group is unknown", subject.urn)


RULES: Final = (
    Rule(
        id="node-web-ingress",
        family="node-ingress",
        level=EnforcementLevel.MANDATORY,
        blocks="a node in a security group that is open to the internet, on whatever port",
        why="A load balancer may be open on 443, what stands behind it may not.",
        fix="give nodes a group of their own, open to the load balancer's group",
        benchmarks="FSBP EC2.18, trivy AWS-0107",
        types=frozenset({SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, *_GROUPS_OF}),
        judge_stack=_nodes_open,
    ),
)
