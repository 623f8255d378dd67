"""VPCs, security groups and tags of the clusters of a stack."""

import re
from typing import Final

from guardrails.analysis.node_roles import CLUSTER, NODE_GROUP
from guardrails.analysis.routing import DEFAULT_SUBNET, SUBNET, VPC
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Subject, requested_properties
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, objects

SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
EKS_COMPONENTS: Final = "eks:index:"
DEFAULT_VPC: Final = "default VPC"
_TAG: Final = re.compile(
    r"kubernetes\.io/cluster/.|k8s\.io/cluster-autoscaler/.|(aws:)?eks:(cluster|nodegroup)-name$|eks:eks-cluster-name$|"
    r"karpenter\.(sh|k8s\.aws)/.|alpha\.eksctl\.io/cluster-name$|KubernetesCluster$"
)


def cluster_tag(spec: Properties) -> bool | None:
    """Whether a resource has the tag of a cluster; None if its tags are unknown."""
    keys: list[Value] = []
    for tags in (spec.get("tags"), *(get_path(item, "tags") for item in as_list(spec.get("tagSpecifications")))):
        # Auto Scaling groups have a list of objects, other resources one object.
        keys += list(tags) if isinstance(tags, dict) else [get_path(item, "key") for item in as_list(tags)]
    if any(isinstance(key, str) and _TAG.match(key) for key in keys):
        return True
    return None if UNKNOWN in keys else False


class ClusterNetwork:
    """Where the clusters of one stack are."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._clusters = {one.urn for one in graph.stack.subjects if one.type in {CLUSTER, f"{EKS_COMPONENTS}Cluster"}}
        self.has_cluster = bool(self._clusters) or any(graph.stack.of(NODE_GROUP))
        self.vpcs, self.vpcs_known = self._cluster_vpcs()
        self.groups = self._cluster_groups()

    def vpcs_of(self, subject: Subject, prop: str, subnets: Value) -> tuple[set[str], bool]:
        """Return the VPCs, by URN or id, that subnets are in, and whether those are all."""
        found = [self._graph.targets(subject, prop, subnets, kind) for kind in (SUBNET, DEFAULT_SUBNET)]
        vpcs: set[str] = set()
        known = not (set(found[0].missing) & set(found[1].missing))
        for subnet in (one for targets in found for one in targets.subjects):
            value = subnet.props.get("vpcId")
            inner = self._graph.targets(subnet, "vpcId", value, VPC).subjects
            if subnet.type == DEFAULT_SUBNET:
                vpcs.add(DEFAULT_VPC)
            elif inner:
                vpcs.update(one.urn for one in inner)
            elif isinstance(value, str):
                vpcs.add(value)
            else:
                known = False
        return vpcs, known and bool(vpcs)

    def _cluster_vpcs(self) -> tuple[set[str], bool]:
        vpcs: set[str] = set()
        known = True
        for cluster in self._graph.stack.of(CLUSTER):
            config = requested_properties(cluster).get("vpcConfig")
            subnets = [one for item in as_list(config) for one in (as_list(get_path(item, "subnetIds")) or [UNKNOWN])]
            found, all_known = self.vpcs_of(cluster, "vpcConfig", subnets or [UNKNOWN])
            vpcs |= found
            known = known and all_known
        for group in self._graph.stack.of(NODE_GROUP):
            vpcs |= self.vpcs_of(group, "subnetIds", group.props.get("subnetIds"))[0]
        return vpcs, known

    def _cluster_groups(self) -> set[str]:
        """Security groups of clusters, by URN or id."""
        groups = {one.urn for one in self._graph.stack.of(SECURITY_GROUP) if cluster_tag(one.props) is not False}
        for cluster in self._graph.stack.of(CLUSTER):
            for config in objects(cluster.props.get("vpcConfig")):
                own = config.get("clusterSecurityGroupId")
                groups |= {own} if isinstance(own, str) else set()
                more = config.get("securityGroupIds")
                groups |= {one for one in as_list(more) if isinstance(one, str)}
                if more is not None:
                    targets = self._graph.targets(cluster, "vpcConfig", more, SECURITY_GROUP)
                    groups |= {one.urn for one in targets.subjects}
        return groups

    def has_group(self, machine: Subject, prop: str, value: Value) -> bool | None:
        """Whether one of the security groups that a machine's property names is a cluster's; None if one may be."""
        if value is None:
            return False
        known = {one for one in as_list(value) if isinstance(one, str)}
        targets = self._graph.targets(machine, prop, value, SECURITY_GROUP)
        if (known | {one.urn for one in targets.subjects}) & self.groups:
            return True
        unknown = any(one is UNKNOWN for one in as_list(value))
        if unknown and self._clusters & set(machine.property_dependencies.get(prop, ())):
            return True
        return None if {one.urn for one in targets.through} & self.groups else False
