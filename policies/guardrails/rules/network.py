"""Rules on the network: nodes in public subnets, default VPCs, flow logs."""

import re
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.cluster_network import EKS_COMPONENTS
from guardrails.analysis.interfaces import INSTANCE, SPOT_INSTANCE
from guardrails.analysis.membership import MACHINE_SUBNETS, SCALING_GROUP, Members, Place
from guardrails.analysis.membership import TYPES as MEMBER_TYPES
from guardrails.analysis.node_classes import NODE_CLASSES, TAG, Tags, added_tags, selects
from guardrails.analysis.node_roles import CLUSTER
from guardrails.analysis.routing import DEFAULT_SUBNET, SUBNET, TYPES, VPC, Publicness
from guardrails.engine.graph import VPC_COMPONENT, Graph, identities_of
from guardrails.engine.rule import (
    Finding,
    Findings,
    RenamedSetting,
    Rule,
    Stack,
    Subject,
    Unknown,
    requested_properties,
)
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path, inside, parse_bool

FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
NODE_SUBNETS: Final[dict[str, tuple[Place, ...]]] = {
    "aws:eks/nodeGroup:NodeGroup": (("subnetIds", ()),),
    "aws:batch/computeEnvironment:ComputeEnvironment": (("computeResources", ("subnets",)),),
    "aws:eks/fargateProfile:FargateProfile": (("subnetIds", ()),),
    **MACHINE_SUBNETS,
}
_WITHOUT_SUBNET: Final = frozenset({INSTANCE, SPOT_INSTANCE, SCALING_GROUP})
"""What EC2 puts into a default subnet where neither it nor its launch template names one."""


def _public_subnets(stack: Stack) -> Findings:
    graph = Graph(stack)
    publicness = Publicness(graph)
    members = Members(graph, NODE_CLASSES)
    added = added_tags(graph) if any(stack.of(*NODE_CLASSES)) else {}
    deny = stack.config["on_unknown"] == "deny"
    for node in stack.subjects:
        if node.type in NODE_SUBNETS:
            found = list(_without_subnet(node, members))
            for place in () if found else NODE_SUBNETS[node.type]:
                found += _by_reference(node, place, publicness, deny=deny)
            for interface in members.interfaces.of(node):
                of_interface = _by_reference(interface, ("subnetId", ()), publicness, deny=deny)
                found += [
                    replace(one, what=f"{one.what}, by its interface {interface.name}", urn=node.urn)
                    for one in of_interface
                ]
            yield from members.weigh(node, found)
        elif node.type == CLUSTER:
            yield from _of_auto_mode(node, publicness, deny=deny)
        elif node.type in NODE_CLASSES:
            yield from _by_selector(node, publicness, added, deny=deny)


def _without_subnet(machine: Subject, members: Members) -> Findings:
    """Judge a machine that names no subnet: it gets one of the default VPC's, unless its launch template names another."""
    props = requested_properties(machine)
    named = [prop for prop, _ in NODE_SUBNETS[machine.type]]
    if machine.type not in _WITHOUT_SUBNET or members.interfaces.of(machine):
        return
    if any(as_list(props.get(prop)) for prop in (*named, "networkInterfaces", "primaryNetworkInterface")):
        return
    templates, elsewhere = members.templates_of(machine)
    if elsewhere:
        yield Unknown("names no subnet, and its launch template, which may, is not in this stack", machine.urn)
    elif not any(as_list(requested_properties(one).get("networkInterfaces")) for one in templates):
        yield Finding("names no subnet, so it is in a default subnet of AWS, which is public", machine.urn)


def _of_auto_mode(cluster: Subject, publicness: Publicness, *, deny: bool) -> Findings:
    """Judge the built-in node pools of EKS Auto Mode: their node class has the subnets that the cluster was made with."""
    for compute in as_list(requested_properties(cluster).get("computeConfig")):
        if UNKNOWN in (compute, get_path(compute, "nodePools"), get_path(compute, "enabled")):
            sure = False
        elif parse_bool(get_path(compute, "enabled")) and as_list(get_path(compute, "nodePools")):
            sure = True
        else:
            continue
        for one in _by_reference(cluster, ("vpcConfig", ("subnetIds",)), publicness, deny=deny):
            what = f"{one.what}, with its built-in node pools"
            yield replace(one, what=what) if sure else Unknown(f"{what}, if it has some", one.urn)


def _by_reference(node: Subject, place: Place, publicness: Publicness, *, deny: bool) -> Findings:
    graph = publicness.graph
    prop, path = place
    values = list(inside(node.props.get(prop), path))
    if not values:
        return
    subnets = graph.targets(node, prop, values, SUBNET)
    defaults = graph.targets(node, prop, values, DEFAULT_SUBNET)
    found = (*subnets.subjects, *defaults.subjects)
    reasons = {subnet: publicness.why(subnet) for subnet in found}
    public = {subnet: why for subnet, why in reasons.items() if why}
    # Of a cluster's subnets, a component of pulumi-eks takes the private ones for nodes where there are some.
    picked = EKS_COMPONENTS in node.urn.rpartition("::")[0] and len(values) < len(found)
    if public and ((subnets.exact and not picked) or len(public) == len(found)):
        for subnet, why in public.items():
            yield Finding(f"is in public subnet {subnet.name} ({why})", node.urn)
    elif public:
        what = f"{prop} may name the public subnets {', '.join(subnet.name for subnet in public)}"
        yield Finding(f"{what}, and nothing shows that it does not", node.urn) if deny else Unknown(what, node.urn)
    for subnet in found:
        if subnet not in public and (doubt := publicness.doubt(subnet)):
            yield Unknown(f"subnet {subnet.name}: {doubt}", node.urn)
    for subnet in dict.fromkeys([*subnets.through, *defaults.through]):
        if reason := publicness.why(subnet):
            yield Unknown(f"{prop} may name public subnet {subnet.name} ({reason}) through another resource", node.urn)
    known = {*subnets.missing} & {*defaults.missing} if found or subnets.missing else set()
    for missing in sorted(known):
        named = re.fullmatch(r"subnet-\w+", missing)
        what = (
            missing
            if missing.startswith(f"{prop} ")
            else f"{f'subnet {missing}' if named else 'a subnet'} is not in this stack"
        )
        yield Unknown(what, node.urn)


def _by_selector(node: Subject, publicness: Publicness, added: Tags, *, deny: bool) -> Findings:
    spec = node.props.get("spec")
    terms = spec.get("subnetSelectorTerms") if isinstance(spec, dict) else spec
    if terms is UNKNOWN:
        yield Unknown("subnetSelectorTerms is unknown", node.urn)
        return
    identities: list[Value] = []
    for term in as_list(terms):
        if not isinstance(term, dict):
            yield Unknown("a term of subnetSelectorTerms is unknown", node.urn)
        elif term.get("id") is not None:
            identities.append(term["id"])
        else:
            yield from _by_tags(node, term.get("tags"), publicness, added)
    if identities:
        yield from _by_ids(node, identities, publicness, deny=deny)


def _by_ids(node: Subject, identities: list[Value], publicness: Publicness, *, deny: bool) -> Findings:
    # Security groups and instance profile are of the same specification: only subnets among its dependencies count.
    subnets = publicness.graph.targets(node, "spec", identities, SUBNET)
    defaults = publicness.graph.targets(node, "spec", identities, DEFAULT_SUBNET)
    reasons = {subnet: publicness.why(subnet) for subnet in (*subnets.subjects, *defaults.subjects)}
    # There may be more of them than terms that name one.
    exact = subnets.exact and len(reasons) <= len(identities)
    for subnet, why in reasons.items():
        if why and (exact or all(reasons.values()) or _names(identities, subnet)):
            yield Finding(f"its selector names public subnet {subnet.name} ({why})", node.urn)
        elif why:
            what = f"its selector may name public subnet {subnet.name} ({why})"
            yield Finding(f"{what}, and nothing shows that it does not", node.urn) if deny else Unknown(what, node.urn)
        elif doubt := publicness.doubt(subnet):
            yield Unknown(f"subnet {subnet.name}: {doubt}", node.urn)
    for subnet in dict.fromkeys([*subnets.through, *defaults.through]):
        if why := publicness.why(subnet):
            yield Unknown(
                f"its selector may name public subnet {subnet.name} ({why}) through another resource", node.urn
            )
    if {*subnets.missing} & {*defaults.missing} if reasons else subnets.missing:
        yield Unknown("its selector names a subnet that is not in this stack", node.urn)


def _names(identities: list[Value], subnet: Subject) -> bool:
    """Whether a known id among them is the subnet's."""
    return any(identity in identities_of(subnet) for identity in identities if isinstance(identity, str))


def _by_tags(node: Subject, wanted: Value, publicness: Publicness, added: Tags) -> Findings:
    subnets = publicness.graph.stack.of(SUBNET, DEFAULT_SUBNET)
    verdicts = {subnet: selects(wanted, subnet, added) for subnet in subnets}
    if not any(verdict is not False for verdict in verdicts.values()):
        yield Unknown("its selector takes no subnet of this stack", node.urn)
    for subnet, selected in verdicts.items():
        why, doubt = publicness.why(subnet), publicness.doubt(subnet)
        if selected is None and (why or doubt):
            yield Unknown(f"whether it selects subnet {subnet.name} is unknown", node.urn)
        elif selected and why:
            yield Finding(f"its selector takes public subnet {subnet.name} ({why})", node.urn)
        elif selected and doubt:
            yield Unknown(f"subnet {subnet.name}: {doubt}", node.urn)


def _default_vpc(_: Subject) -> Findings:
    yield Finding("adopts what AWS made, with its public subnets")


def _auto_public_ip(subject: Subject) -> Findings:
    if parse_bool(subject.value("mapPublicIpOnLaunch")):
        yield Finding("mapPublicIpOnLaunch is true")


def _flow_logs(stack: Stack) -> Findings:
    graph = Graph(stack)
    logged: set[str] = set()
    perhaps: set[str] = set()
    unclear = False
    for log in stack.of(FLOW_LOG):
        targets = graph.targets(log, "vpcId", log.props.get("vpcId"), VPC)
        logged.update(vpc.urn for vpc in targets.subjects)
        perhaps.update(vpc.urn for vpc in targets.through)
        unclear = unclear or targets.anything
        of_subnet = graph.targets(log, "subnetId", log.props.get("subnetId"), SUBNET)
        for subnet in (*of_subnet.subjects, *of_subnet.through):
            vpcs = graph.targets(subnet, "vpcId", subnet.props.get("vpcId"), VPC)
            (logged if subnet in of_subnet.subjects else perhaps).update(vpc.urn for vpc in vpcs.subjects)
            perhaps.update(vpc.urn for vpc in vpcs.through)
    for vpc in stack.of(VPC):
        if vpc.urn not in logged:
            yield (
                Unknown("which VPC the flow log is for is unknown", vpc.urn)
                if unclear or vpc.urn in perhaps
                else Finding("has no flow log", vpc.urn)
            )


RULES: Final = (
    Rule(
        id="node-public-subnet",
        family="public-node",
        level=EnforcementLevel.MANDATORY,
        blocks="a node in a public subnet",
        why="A node that the internet can reach is one misstep from a GPU that others use.",
        fix="give the nodes private subnets, with a NAT gateway for what they fetch",
        benchmarks="CIS EKS 5.4.3 (manual), EKS best practices guide (hosts)",
        types=TYPES | NODE_SUBNETS.keys() | NODE_CLASSES | MEMBER_TYPES | {TAG, VPC_COMPONENT},
        judge_stack=_public_subnets,
        settings={
            "on_unknown": {
                "type": "string",
                "enum": ["warn", "deny"],
                "default": "warn",
                "description": "What to do in a first preview with nodes whose subnets may be public ones, remark on them or refuse them: "
                "each output of awsx.ec2.Vpc depends on all of its subnets, so private and public ones look alike, and components of "
                "pulumi-eks pick those of their nodes among a cluster's.",
            }
        },
        renamed_settings=(
            RenamedSetting(old="undecided", new="on_unknown", values={"advise": "warn", "refuse": "deny"}),
        ),
    ),
    Rule(
        id="subnet-auto-public-ip",
        family="network",
        level=EnforcementLevel.ADVISORY,
        blocks="a subnet that gives public addresses by itself",
        why="Right for load balancers and NAT, wrong for anything else that lands in it.",
        fix="set map_public_ip_on_launch to False where no load balancer needs it",
        benchmarks="FSBP EC2.15, CKV_AWS_130, trivy AWS-0164",
        types=frozenset({SUBNET, DEFAULT_SUBNET}),
        judge=_auto_public_ip,
    ),
    Rule(
        id="default-vpc",
        family="network",
        level=EnforcementLevel.MANDATORY,
        blocks="the default VPC or one of its subnets",
        why="Its subnets are public and everybody's.",
        fix="make a VPC of your own (LlmVpc)",
        benchmarks="CKV_AWS_148, trivy AWS-0101",
        types=frozenset({"aws:ec2/defaultVpc:DefaultVpc", DEFAULT_SUBNET}),
        judge=_default_vpc,
    ),
    Rule(
        id="vpc-flow-logs",
        family="network",
        level=EnforcementLevel.ADVISORY,
        blocks="a VPC without a flow log",
        why="Without it there is no record of who connected to whom.",
        fix="add an aws.ec2.FlowLog for the VPC",
        benchmarks="FSBP EC2.6, CKV2_AWS_11, trivy AWS-0178, cdk-nag VPC7",
        types=frozenset({VPC, SUBNET, VPC_COMPONENT, FLOW_LOG}),
        judge_stack=_flow_logs,
    ),
)
