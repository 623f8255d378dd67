"""Which machines are nodes of a Kubernetes cluster, which are not, and which may be.

Node groups, Fargate profiles, Batch environments and node classes are made for nodes. Any other machine is known as a
node by what it must have to become one: a node's role, the tag of a cluster (``kubernetes.io/cluster/NAME``, which
cloud-provider-aws reads), a cluster's security group, user data or an image that start a kubelet, or a place in the VPC of
a cluster, which is where EKS wants its nodes. A launch template is what its users are, and a user what its template is; a
template that nothing here uses may be a node's anywhere, and is judged as one.
"""

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from guardrails.analysis.cluster_network import DEFAULT_VPC, EKS_COMPONENTS, SECURITY_GROUP, ClusterNetwork, cluster_tag
from guardrails.analysis.interfaces import INSTANCE, LAUNCH_TEMPLATE, SPOT_INSTANCE, Interfaces
from guardrails.analysis.interfaces import TYPES as INTERFACE_TYPES
from guardrails.analysis.node_roles import NODE_GROUP, NodeRoles
from guardrails.analysis.node_roles import TYPES as ROLE_TYPES
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Findings, Subject, Unknown, requested_properties
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, inside, objects

LAUNCH_CONFIGURATION: Final = "aws:ec2/launchConfiguration:LaunchConfiguration"
SPOT_FLEET: Final = "aws:ec2/spotFleetRequest:SpotFleetRequest"
FLEET: Final = "aws:ec2/fleet:Fleet"
SCALING_GROUP: Final = "aws:autoscaling/group:Group"
_TEMPLATES: Final = frozenset({LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION})
Place = tuple[str, tuple[str, ...]]
"""Where a resource names subnets: the property, and the path inside it."""
_OVERRIDES: Final = ("launchTemplateConfigs", ("overrides", "subnetId"))
MACHINE_SUBNETS: Final[dict[str, tuple[Place, ...]]] = {
    INSTANCE: (("subnetId", ()),),
    SPOT_INSTANCE: (("subnetId", ()),),
    SPOT_FLEET: (("launchSpecifications", ("subnetId",)), _OVERRIDES),
    FLEET: (_OVERRIDES,),
    SCALING_GROUP: (("vpcZoneIdentifiers", ()),),
    LAUNCH_TEMPLATE: (("networkInterfaces", ("subnetId",)),),
}
MACHINES: Final = frozenset({*MACHINE_SUBNETS, LAUNCH_CONFIGURATION})
"""What may be a node, or something else."""
# Where a machine names its launch template or configuration: property, and the keys below it that name one.
_USES: Final = (
    ("launchTemplate", ()),
    ("launchConfiguration", ()),
    ("mixedInstancesPolicy", ("launchTemplate", "launchTemplateSpecification")),
    ("launchTemplateConfigs", ("launchTemplateSpecification",)),
)
_NAMES: Final = ("id", "name", "launchTemplateId", "launchTemplateName")
# EKS's AMIs start a node by bootstrap.sh or nodeadm, Bottlerocket by its settings, others by kubeadm and their like.
_STARTS_KUBELET: Final = re.compile(
    r"/etc/eks/bootstrap|EKSBootstrap|node\.eks\.aws|nodeadm|\[?settings\.kubernetes|kubelet|kubeadm\s+(join|init)|"
    r"\b(k3s|rke2)\b",
    re.IGNORECASE,
)
_IMAGE: Final = re.compile(r"/aws/service/eks/|/bottlerocket/aws-k8s|/canonical/ubuntu/eks", re.IGNORECASE)
TYPES: Final = MACHINES | ROLE_TYPES | INTERFACE_TYPES | {NODE_GROUP, SECURITY_GROUP}


class Standing(IntEnum):
    """Whether a machine is a node; the larger one wins where several signs differ."""

    OTHER = 0
    UNSURE = 1
    NODE = 2


@dataclass(frozen=True, order=True)
class Membership:
    """A standing, and the reason for it."""

    standing: Standing
    why: str = ""


_OTHER: Final = Membership(Standing.OTHER)


class Members:
    """The machines of one stack."""

    def __init__(self, graph: Graph, node_classes: frozenset[str]) -> None:
        self._graph = graph
        self._roles = NodeRoles(graph, node_classes)
        self._templates = {
            name: one
            for one in graph.stack.of(*_TEMPLATES)
            for key in ("id", "name")
            if isinstance(name := one.props.get(key), str)
        }
        self._network = ClusterNetwork(graph)
        self.interfaces = Interfaces(graph)
        machines = list(graph.stack.of(*MACHINES, NODE_GROUP))
        own = {one.urn: self._own(one) for one in machines}
        users: dict[str, list[str]] = defaultdict(list)
        uses: dict[str, list[str]] = {}
        for one in machines:
            found, elsewhere = self.templates_of(one)
            uses[one.urn] = [template.urn for template in found]
            for template in found:
                users[template.urn].append(one.urn)
                if one.type == NODE_GROUP:
                    own[template.urn] = max(own[template.urn], own[one.urn])
            if elsewhere:
                own[one.urn] = max(
                    own[one.urn], Membership(Standing.UNSURE, "its launch template is not in this stack")
                )
        self._found = {urn: max([member, *(own[name] for name in uses[urn])]) for urn, member in own.items()}
        for one in machines:
            if one.type in _TEMPLATES:
                reached = [self._found[urn] for urn in users[one.urn]] or [
                    Membership(Standing.NODE, "nothing here uses it")
                ]
                self._found[one.urn] = max([own[one.urn], *reached])
            elif one.type in {SCALING_GROUP, FLEET} and not uses[one.urn] and own[one.urn] == _OTHER:
                self._found[one.urn] = Membership(Standing.NODE, "it names no launch template")

    def of(self, subject: Subject) -> Membership:
        """Whether a machine is a node; what is made for nodes always is."""
        return self._found.get(subject.urn, Membership(Standing.NODE))

    def weigh(self, subject: Subject, verdicts: Findings) -> Findings:
        """Yield a rule's findings on a machine if it is a node: none for another machine, unknown where that is unsure."""
        member = self.of(subject)
        if member.standing is Standing.NODE:
            yield from verdicts
        elif member.standing is Standing.UNSURE:
            for verdict in verdicts:
                what = f"{verdict.what}, and it may be a node: {member.why}"
                yield Unknown(what, verdict.urn) if isinstance(verdict, Finding) else verdict

    def _own(self, machine: Subject) -> Membership:
        """Return the standing by the machine's own properties and place."""
        if machine.type == NODE_GROUP:
            return Membership(Standing.NODE, "a node group's")
        if EKS_COMPONENTS in machine.urn.rpartition("::")[0]:
            return Membership(Standing.NODE, "made by a component of pulumi-eks")
        props = requested_properties(machine)
        nested = machine.type == SPOT_FLEET
        specifications = as_list(props.get("launchSpecifications")) if nested else [props]
        found = [_OTHER, self._place(machine, props), *_tags(props)]
        for one in specifications:
            if one is UNKNOWN:
                found.append(Membership(Standing.UNSURE, "launchSpecifications is unknown"))
            elif isinstance(one, dict):
                found += self._specified(machine, one, "launchSpecifications" if nested else "")
        return max(found)

    def _specified(self, machine: Subject, spec: Properties, outer: str) -> Iterator[Membership]:
        yield from _tags(spec)
        for key in ("iamInstanceProfile", "iamInstanceProfileArn"):
            value = spec.get(key)
            # Launch templates have an object, and a name or an ARN in it.
            named = [value.get("name"), value.get("arn")] if isinstance(value, dict) else as_list(value)
            for one in named:
                node = self._roles.of_profile(machine, outer or key, one)
                if node is not False:
                    standing = Standing.NODE if node else Standing.UNSURE
                    yield Membership(standing, f"{key} gives {'a node' if node else 'a role that is not known'}")
        for key in ("userData", "userDataBase64"):
            text = spec.get(key)
            if text is UNKNOWN:
                yield Membership(Standing.UNSURE, f"{key} is unknown")
            elif isinstance(text, str) and _STARTS_KUBELET.search(f"{text}\n{_decoded(text)}"):
                yield Membership(Standing.NODE, f"{key} starts a kubelet")
        if any(_IMAGE.search(image) for key in ("ami", "imageId") if isinstance(image := spec.get(key), str)):
            yield Membership(Standing.NODE, "its image is one for nodes")
        interfaces = list(objects(spec.get("networkInterfaces")))
        for key, value in [
            *((key, spec.get(key)) for key in ("vpcSecurityGroupIds", "securityGroups", "securityGroupNames")),
            *(("networkInterfaces", item.get("securityGroups")) for item in interfaces),
        ]:
            of_cluster = self._network.has_group(machine, outer or key, value)
            if of_cluster:
                yield Membership(Standing.NODE, "it has a security group of a cluster")
            elif of_cluster is None:
                yield Membership(Standing.UNSURE, "whether it has a security group of a cluster is unknown")

    def _place(self, machine: Subject, props: Properties) -> Membership:
        places = MACHINE_SUBNETS.get(machine.type, ())
        given = {prop: found for prop, path in places if (found := list(inside(props.get(prop), path)))}
        interfaces = self.interfaces.of(machine)
        if interfaces:
            found = [self._network.vpcs_of(one, "subnetId", one.props.get("subnetId")) for one in interfaces]
            vpcs, known = {vpc for some, _ in found for vpc in some}, all(sure for _, sure in found)
        elif not given:
            # A template or a fleet leaves the place to others; an instance goes to the default VPC.
            vpcs = {DEFAULT_VPC} if machine.type in {INSTANCE, SPOT_INSTANCE} else set()
            known = True
        else:
            named = [self._network.vpcs_of(machine, prop, found) for prop, found in given.items()]
            vpcs, known = {vpc for some, _ in named for vpc in some}, all(sure for _, sure in named)
        if vpcs & self._network.vpcs:
            return Membership(Standing.NODE, "it is in the VPC of a cluster")
        if not self._network.has_cluster:
            return _OTHER
        if not known or (vpcs and not self._network.vpcs_known):
            return Membership(Standing.UNSURE, "whether it is in the VPC of a cluster is unknown")
        return _OTHER

    def templates_of(self, machine: Subject) -> tuple[list[Subject], bool]:
        """The launch templates and configurations that a machine names, and whether one of them is not here."""
        found: list[Subject] = []
        elsewhere = False
        props = requested_properties(machine)
        for prop, path in _USES:
            for one in inside(props.get(prop), path):
                values = (
                    [one[key] for key in _NAMES if one.get(key) not in {None, ""}] if isinstance(one, dict) else [one]
                )
                for value in values[:1]:
                    targets = self._named(machine, prop, value)
                    found += targets
                    elsewhere = elsewhere or not targets
        return found, elsewhere

    def _named(self, machine: Subject, prop: str, value: Value) -> list[Subject]:
        if isinstance(value, str) and value in self._templates:
            return [self._templates[value]]
        return [one for kind in _TEMPLATES for one in self._graph.targets(machine, prop, value, kind).subjects]


def _tags(spec: Properties) -> Iterator[Membership]:
    tagged = cluster_tag(spec)
    if tagged is None:
        yield Membership(Standing.UNSURE, "its tags are unknown")
    elif tagged:
        yield Membership(Standing.NODE, "it has the tag of a cluster")


def _decoded(text: str) -> str:
    """Base64 in plain, as launch templates have their user data; empty for anything else."""
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
