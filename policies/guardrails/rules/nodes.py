"""Rules on the nodes themselves: addresses, ingress, instance metadata, disks, SSH."""

import re
from dataclasses import replace
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.interfaces import INSTANCE, INTERFACE, LAUNCH_TEMPLATE, SPOT_INSTANCE
from guardrails.analysis.membership import LAUNCH_CONFIGURATION, SPOT_FLEET, Members
from guardrails.analysis.membership import TYPES as MEMBER_TYPES
from guardrails.analysis.node_classes import AUTO_NODE_CLASSES, EC2_NODE_CLASSES
from guardrails.analysis.node_roles import NODE_GROUP
from guardrails.engine.graph import Graph
from guardrails.engine.rule import (
    UNKNOWN_ITEM,
    Finding,
    Findings,
    Rule,
    Stack,
    Subject,
    Unknown,
    guard,
    requested_properties,
)
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, objects, parse_bool, require

_LIST_OF_CLASSES: Final = re.compile(r"NodeClass(Patch)?List::")
# An address of its own for an instance; that of a NAT gateway names no instance.
ADDRESSES: Final = {"aws:ec2/eip:Eip": "instance", "aws:ec2/eipAssociation:EipAssociation": "instanceId"}
_INTERFACE_ADDRESSES: Final = {
    "aws:ec2/eip:Eip": "networkInterface",
    "aws:ec2/eipAssociation:EipAssociation": "networkInterfaceId",
}
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
            if instances.through:
                verdicts = (
                    Unknown(f"{verdict.what}, which one is unknown", verdict.urn)
                    for verdict in verdicts
                    if any(members.of(one).standing for one in instances.through)
                )
            yield from _of_interface(subject, props, members, graph)
        else:
            machine = subject
        yield from members.weigh(machine, verdicts)


def _of_interface(subject: Subject, props: Properties, members: Members, graph: Graph) -> Findings:
    """Judge an elastic address of a network interface; one that no machine of the stack has may be a load balancer's."""
    key = _INTERFACE_ADDRESSES[subject.type]
    for interface in graph.targets(subject, key, props.get(key), INTERFACE).subjects:
        what = f"{key} gives an elastic address to network interface {interface.name}"
        for machine in members.interfaces.machines(interface):
            yield from members.weigh(machine, [Finding(f"{what} of {machine.name}", subject.urn)])


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


def _ssh(subject: Subject) -> Findings:
    for access in objects(subject.value("remoteAccess")):
        if access.get("sourceSecurityGroupIds") is not UNKNOWN and as_list(access.get("sourceSecurityGroupIds")):
            continue
        if require(access, "ec2SshKey", of=" of remoteAccess") not in {None, ""}:
            require(access, "sourceSecurityGroupIds", of=" of remoteAccess")
            yield Finding("remoteAccess has an SSH key and no sourceSecurityGroupIds: port 22 is open to the world")


def _imds(subject: Subject) -> Findings:
    path = ("spec", "metadataOptions") if subject.type in EC2_NODE_CLASSES else ("metadataOptions",)
    options = subject.value(*path)
    tokens = subject.value(*path, "httpTokens")
    if tokens is None and subject.type in EC2_NODE_CLASSES:
        return  # Karpenter requires tokens by default
    if tokens != "required" and not any(item.get("httpEndpoint") == "disabled" for item in objects(options)):
        yield Finding(f"{'.'.join(path)}.httpTokens is {'not required' if tokens else 'not given'}")


def _disks(subject: Subject) -> Findings:
    if subject.type == "aws:ebs/volume:Volume":
        yield from _encrypted(subject.props, "")
    elif subject.type in _SINGLE:
        for prop in ("rootBlockDevice", "ebsBlockDevices"):
            yield from guard(_encrypted_devices(subject, prop))
    else:
        path = ("spec", "blockDeviceMappings") if subject.type in EC2_NODE_CLASSES else ("blockDeviceMappings",)
        for index, mapping in enumerate(as_list(subject.value(*path))):
            yield from guard(_encrypted_mapping(mapping, f"{'.'.join(path)}[{index}]"))


def _encrypted_devices(subject: Subject, prop: str) -> Findings:
    for index, device in enumerate(objects(subject.value(prop))):
        yield from guard(_encrypted(device, f"{prop}[{index}]."))


def _encrypted_mapping(mapping: Value, where: str) -> Findings:
    for item in objects(require(mapping, "ebs", of=f" of {where}")):
        yield from _encrypted(item, f"{where}.ebs.")


def _encrypted(props: Properties, where: str) -> Findings:
    value = props.get("encrypted")
    if value is UNKNOWN:
        yield Unknown(f"{where}encrypted is unknown")
    elif parse_bool(value) is not True:
        yield Finding(f"{where}encrypted is not true")


RULES: Final = (
    Rule(
        id="node-public-ip",
        family="public-node",
        level=EnforcementLevel.MANDATORY,
        blocks="a public address on a node",
        why="Nodes need to reach out, through NAT; no client needs to reach them.",
        fix='set associate_public_ip_address to "false"; give no elastic address to a node',
        benchmarks="FSBP EC2.9, EC2.25, CKV_AWS_88, CKV_AWS_389, trivy AWS-0009, AWSGuard ec2-instance-no-public-ip",
        types=ADDRESSED | MEMBER_TYPES,
        judge_stack=_public_ips,
    ),
    Rule(
        id="node-ssh",
        family="node-ingress",
        level=EnforcementLevel.MANDATORY,
        blocks="SSH to nodes from anywhere",
        why="EKS opens port 22 to 0.0.0.0/0 when a key is given without source groups.",
        fix="omit remote_access and use SSM, or give source_security_group_ids",
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
