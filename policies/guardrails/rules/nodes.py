"""Rules on the nodes themselves: addresses, ingress, instance metadata, disks, SSH."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.membership import (
    INSTANCE,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    SECURITY_GROUP,
    SPOT_FLEET,
    SPOT_INSTANCE,
    Members,
)
from guardrails.analysis.membership import TYPES as MEMBER_TYPES
from guardrails.analysis.node_roles import NODE_GROUP
from guardrails.engine.graph import Graph
from guardrails.engine.rule import UNKNOWN_ITEM, Finding, Findings, Rule, Stack, Subject, Unknown, requested_properties
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, is_open_cidr, objects, parse_bool

SECURITY_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DEFAULT_SECURITY_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EC2_NODE_CLASSES: Final = frozenset(
    f"kubernetes:karpenter.k8s.aws/{version}:EC2NodeClass{variant}"
    for version in ("v1", "v1beta1")
    for variant in ("", "Patch")
)
AUTO_NODE_CLASSES: Final = frozenset(f"kubernetes:eks.amazonaws.com/v1:NodeClass{variant}" for variant in ("", "Patch"))
_LIST_OF_CLASSES: Final = re.compile(r"NodeClass(Patch)?List::")
# An address of its own for an instance; that of a NAT gateway names no instance.
ADDRESSES: Final = {"aws:ec2/eip:Eip": "instance", "aws:ec2/eipAssociation:EipAssociation": "instanceId"}
_SINGLE: Final = frozenset({INSTANCE, SPOT_INSTANCE, LAUNCH_CONFIGURATION})
ADDRESSED: Final = frozenset({
    LAUNCH_TEMPLATE, *_SINGLE, SPOT_FLEET, *EC2_NODE_CLASSES, *AUTO_NODE_CLASSES, *ADDRESSES,
})  # fmt: skip


def _public_ips(stack: Stack) -> Findings:
    graph = Graph(stack)
    members = Members(graph, EC2_NODE_CLASSES | AUTO_NODE_CLASSES)
    for item in stack.of(UNKNOWN_ITEM):
        if _LIST_OF_CLASSES.search(item.urn):
            yield Unknown(f"{item.name} is unknown", item.urn)
    for subject in stack.of(*ADDRESSED):
        props = requested_properties(subject) if subject.type.startswith("aws:") else subject.props
        verdicts = (replace(verdict, urn=subject.urn) for verdict in _public_ip(replace(subject, props=props)))
        if subject.type in ADDRESSES:
            instances = graph.targets(subject, ADDRESSES[subject.type], props.get(ADDRESSES[subject.type]), INSTANCE)
            # Of an instance that is not in this stack nothing tells that it is no node.
            machine = next(iter(instances.subjects), subject)
        else:
            machine = subject
        yield from members.weigh(machine, verdicts)


def _public_ip(subject: Subject) -> Findings:
    switches: list[tuple[str, Value]] = []
    if subject.type in EC2_NODE_CLASSES:
        spec = subject.props.get("spec")
        if spec is UNKNOWN:
            yield Unknown("spec is unknown")
        elif isinstance(spec, dict):
            switches.append(("spec.associatePublicIPAddress", spec.get("associatePublicIPAddress")))
    elif subject.type == SPOT_FLEET:
        for index, item in enumerate(as_list(subject.props.get("launchSpecifications"))):
            where = f"launchSpecifications[{index}].associatePublicIpAddress"
            switches.append((where, get_path(item, "associatePublicIpAddress")))
    elif subject.type == LAUNCH_TEMPLATE:
        interfaces = subject.props.get("networkInterfaces")
        if interfaces is UNKNOWN:
            yield Unknown("networkInterfaces is unknown")
        for index, item in enumerate(as_list(interfaces)):
            where = f"networkInterfaces[{index}]"
            if isinstance(item, dict):
                switches.append((f"{where}.associatePublicIpAddress", item.get("associatePublicIpAddress")))
            elif item is UNKNOWN:
                yield Unknown(f"{where} is unknown")
    elif subject.type in AUTO_NODE_CLASSES:
        path = ("spec", "advancedNetworking", "associatePublicIPAddress")
        switches.append((".".join(path), get_path(subject.props, *path)))
    elif subject.type in ADDRESSES:
        key = ADDRESSES[subject.type]
        if subject.props.get(key) not in {None, ""}:
            yield Finding(f"{key} gives an elastic address to an instance")
    else:
        switches.append(("associatePublicIpAddress", subject.props.get("associatePublicIpAddress")))
    for where, value in switches:
        if value is UNKNOWN:
            yield Unknown(f"{where} is unknown")
        elif parse_bool(value):
            yield Finding(f"{where} is true")


def _every_port(rule: Properties) -> bool:
    protocol = next((rule[key] for key in ("protocol", "ipProtocol") if rule.get(key) is not None), None)
    return str(protocol).lower() in {"-1", "-1.0", "all"} or rule.get("fromPort") is None


def _ports(rule: Properties) -> str:
    if _every_port(rule):
        return "every port"
    start, end = rule.get("fromPort"), rule.get("toPort")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        return "a port that is not known yet"
    return f"port {start:.0f}" if start == end else f"ports {start:.0f}-{end:.0f}"


def _allowed(rule: Properties, ports: list[float]) -> bool | None:
    """Whether a rule opens one of the ports alone; None if unknown."""
    ends = (rule.get("fromPort"), rule.get("toPort"))
    if UNKNOWN in {rule.get("protocol"), rule.get("ipProtocol")} or UNKNOWN in ends:
        known = [end for end in ends if end is not UNKNOWN]
        return None if all(end in ports for end in known) else False
    return not _every_port(rule) and ends[0] == ends[1] and ends[0] in ports


def open_rules(subject: Subject) -> Iterator[tuple[str | Unknown, Properties]]:
    """What a security group or one of its rules lets in from everybody, or may: in words, and the rule itself."""
    rules: list[tuple[str, Value]] = []
    if subject.type in {SECURITY_GROUP, DEFAULT_SECURITY_GROUP}:
        ingress = subject.props.get("ingress")
        rules += [(f"ingress[{index}]: ", item) for index, item in enumerate(as_list(ingress))]
    elif subject.type == SECURITY_GROUP_RULE:
        direction = subject.props.get("type")
        if direction is UNKNOWN:
            yield Unknown("type is unknown"), {}
        elif str(direction).lower() == "ingress":
            rules.append(("", subject.props))
    else:
        rules.append(("", subject.props))
    for where, rule in rules:
        if not isinstance(rule, dict):
            yield Unknown(f"{where}is unknown"), {}
            continue
        sources = [
            item for key in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6") for item in as_list(rule.get(key))
        ]
        for source in sources:
            if source is UNKNOWN:
                yield Unknown(f"{where}a source is unknown"), rule
            elif is_open_cidr(source):
                yield f"{where}{source} may reach {_ports(rule)}", rule


def _open_ingress(subject: Subject) -> Findings:
    for what, rule in open_rules(subject):
        fine = _allowed(rule, subject.config["ports"]) if rule else False
        if fine:
            continue
        if isinstance(what, Unknown):
            yield what
        else:
            yield Unknown(what) if fine is None else Finding(what)


def _ssh(subject: Subject) -> Findings:
    access = subject.props.get("remoteAccess")
    if access is UNKNOWN:
        yield Unknown("remoteAccess is unknown")
    for item in objects(access):
        key, groups = item.get("ec2SshKey"), item.get("sourceSecurityGroupIds")
        if key is UNKNOWN and groups is not UNKNOWN and not as_list(groups):
            yield Unknown("remoteAccess.ec2SshKey is unknown")
        elif groups is UNKNOWN and key is not None:
            yield Unknown("remoteAccess.sourceSecurityGroupIds is unknown")
        elif key not in {None, "", UNKNOWN} and not as_list(groups):
            yield Finding("remoteAccess has an SSH key and no sourceSecurityGroupIds: port 22 is open to the world")


def _imds(subject: Subject) -> Findings:
    if subject.type in EC2_NODE_CLASSES:
        spec = subject.props.get("spec")
        if spec is UNKNOWN:
            yield Unknown("spec is unknown")
            return
        options = spec.get("metadataOptions") if isinstance(spec, dict) else None
        where = "spec.metadataOptions"
        if options is None:
            return  # Karpenter requires tokens unless told otherwise
    else:
        options, where = subject.props.get("metadataOptions"), "metadataOptions"
    if options is UNKNOWN:
        yield Unknown(f"{where} is unknown")
        return
    tokens = next((item.get("httpTokens") for item in objects(options)), None)
    endpoint = next((item.get("httpEndpoint") for item in objects(options)), None)
    if tokens is UNKNOWN:
        yield Unknown(f"{where}.httpTokens is unknown")
    elif tokens != "required" and endpoint != "disabled":
        yield Finding(f"{where}.httpTokens is not required" if tokens else f"{where}.httpTokens is not given")


def _disks(subject: Subject) -> Findings:
    if subject.type == "aws:ebs/volume:Volume":
        yield from _encrypted("encrypted", subject.props.get("encrypted"))
        return
    if subject.type in EC2_NODE_CLASSES:
        spec = subject.props.get("spec")
        mappings = spec.get("blockDeviceMappings") if isinstance(spec, dict) else spec
        where = "spec.blockDeviceMappings"
    elif subject.type in _SINGLE:
        for prop in ("rootBlockDevice", "ebsBlockDevices"):
            devices = subject.props.get(prop)
            if devices is UNKNOWN:
                yield Unknown(f"{prop} is unknown")
            for index, device in enumerate(objects(devices)):
                yield from _encrypted(f"{prop}[{index}].encrypted", device.get("encrypted"))
        return
    else:
        mappings, where = subject.props.get("blockDeviceMappings"), "blockDeviceMappings"
    if mappings is UNKNOWN:
        yield Unknown(f"{where} is unknown")
        return
    for index, mapping in enumerate(as_list(mappings)):
        ebs = mapping.get("ebs") if isinstance(mapping, dict) else mapping
        if ebs is UNKNOWN:
            yield Unknown(f"{where}[{index}] is unknown")
        for item in objects(ebs):
            yield from _encrypted(f"{where}[{index}].ebs.encrypted", item.get("encrypted"))


def _encrypted(where: str, value: Value) -> Findings:
    if value is UNKNOWN:
        yield Unknown(f"{where} is unknown")
    elif parse_bool(value) is not True:
        yield Finding(f"{where} is not true")


RULES: Final = (
    Rule(
        id="node-public-ip",
        family="public-node",
        level=EnforcementLevel.MANDATORY,
        blocks="a public address on a node",
        why="Nodes need to reach out, through NAT; nobody needs to reach them.",
        fix='set associate_public_ip_address to "false"',
        benchmarks="FSBP EC2.9, EC2.25, CKV_AWS_88, CKV_AWS_389, trivy AWS-0009, AWSGuard ec2-instance-no-public-ip",
        types=ADDRESSED | MEMBER_TYPES,
        judge_stack=_public_ips,
    ),
    Rule(
        id="node-open-ingress",
        family="node-ingress",
        level=EnforcementLevel.MANDATORY,
        blocks="ingress from the whole internet",
        why="A security group open to 0.0.0.0/0 or ::/0 makes everything behind it a public service.",
        fix="name the source networks or security groups",
        benchmarks="FSBP EC2.18, EC2.19, CKV_AWS_24, CKV_AWS_25, CKV_AWS_260, CKV_AWS_277, trivy AWS-0107",
        types=frozenset({SECURITY_GROUP, DEFAULT_SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE}),
        judge=_open_ingress,
        settings={
            "ports": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1, "maximum": 65535},
                "default": [443],
                "description": "Single ports that a group may open, for a load balancer; node-web-ingress keeps nodes out of it.",
            }
        },
    ),
    Rule(
        id="node-ssh",
        family="node-ingress",
        level=EnforcementLevel.MANDATORY,
        blocks="SSH to nodes from anywhere",
        why="EKS opens port 22 to 0.0.0.0/0 when a key is given without source groups.",
        fix="leave remote_access out and use SSM, or give source_security_group_ids",
        benchmarks="CKV_AWS_100",
        types=frozenset({NODE_GROUP}),
        judge=_ssh,
    ),
    Rule(
        id="node-imdsv2",
        family="nodes",
        level=EnforcementLevel.MANDATORY,
        blocks="instance metadata without a session token",
        why="IMDSv1 hands the node's role to any request a pod can be tricked into making.",
        fix='set metadata_options.http_tokens to "required"',
        benchmarks="FSBP EC2.8, EC2.170, CKV_AWS_79, trivy AWS-0028, AWS-0130",
        types=frozenset({LAUNCH_TEMPLATE, *_SINGLE, *EC2_NODE_CLASSES}),
        judge=_imds,
    ),
    Rule(
        id="node-disk-encrypted",
        family="nodes",
        level=EnforcementLevel.MANDATORY,
        blocks="an unencrypted disk of a node",
        why="Weights, prompts in logs and pulled secrets end up there.",
        fix='set encrypted to "true"',
        benchmarks="FSBP EC2.3, EC2.181, CKV_AWS_3, CKV_AWS_8, trivy AWS-0008, AWS-0131, AWSGuard encrypted-volumes",
        types=frozenset({LAUNCH_TEMPLATE, *_SINGLE, "aws:ebs/volume:Volume", *EC2_NODE_CLASSES}),
        judge=_disks,
    ),
)
