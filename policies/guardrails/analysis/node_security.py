"""Security groups of nodes: of machines that are nodes, of their network interfaces, of node classes and of clusters."""

from collections.abc import Iterator
from typing import Final

from guardrails.analysis.cluster_network import SECURITY_GROUP
from guardrails.analysis.interfaces import INSTANCE, INTERFACE, LAUNCH_TEMPLATE, SPOT_INSTANCE
from guardrails.analysis.membership import LAUNCH_CONFIGURATION, SPOT_FLEET, Members, Standing
from guardrails.analysis.membership import TYPES as MEMBER_TYPES
from guardrails.analysis.node_classes import NODE_CLASSES, TAG, Tags, added_tags, selects
from guardrails.analysis.node_roles import CLUSTER
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, as_list, get_path, inside, objects

# Where a machine names its groups: property, and the keys below it.
_GROUPS_OF: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    LAUNCH_TEMPLATE: (("vpcSecurityGroupIds", ()), ("networkInterfaces", ("securityGroups",))),
    INSTANCE: (("vpcSecurityGroupIds", ()),),
    SPOT_INSTANCE: (("vpcSecurityGroupIds", ()),),
    LAUNCH_CONFIGURATION: (("securityGroups", ()),),
    SPOT_FLEET: (("launchSpecifications", ("vpcSecurityGroupIds",)),),
}
_GROUPS_OF_INTERFACE: Final = ("securityGroups", ())
TYPES: Final = MEMBER_TYPES | NODE_CLASSES | _GROUPS_OF.keys() | {INTERFACE, CLUSTER, TAG}


class NodeSecurity:
    """Which security groups of one stack are on nodes."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.sure: dict[str, str] = {}
        """URN of each security group that a node has, to the node's name."""
        self.perhaps: dict[str, str] = {}
        """The same of each that a node may have."""
        members = Members(graph, NODE_CLASSES)
        for machine in graph.stack.of(*_GROUPS_OF):
            standing = members.of(machine).standing
            if standing is Standing.OTHER:
                continue
            sure = standing is Standing.NODE
            for place in _GROUPS_OF[machine.type]:
                self._note(machine, place, machine.name, sure=sure)
            for interface in members.interfaces.of(machine):
                self._note(interface, _GROUPS_OF_INTERFACE, machine.name, sure=sure)
        added: Tags = added_tags(graph, SECURITY_GROUP) if any(graph.stack.of(*NODE_CLASSES)) else {}
        for node_class in graph.stack.of(*NODE_CLASSES):
            for group, selected in self._selected(node_class, added):
                (self.sure if selected else self.perhaps)[group.urn] = node_class.name

    def _note(self, subject: Subject, place: tuple[str, tuple[str, ...]], name: str, *, sure: bool) -> None:
        prop, path = place
        targets = self._graph.targets(subject, prop, list(inside(subject.props.get(prop), path)), SECURITY_GROUP)
        (self.sure if sure else self.perhaps).update(dict.fromkeys((one.urn for one in targets.subjects), name))
        self.perhaps.update(dict.fromkeys((one.urn for one in targets.through), name))

    def _selected(self, node_class: Subject, added: Tags) -> Iterator[tuple[Subject, bool | None]]:
        """Yield the groups that a node class selects, and whether that is certain."""
        for term in objects(get_path(node_class.props, "spec", "securityGroupSelectorTerms")):
            if term.get("id") is not None:
                targets = self._graph.targets(node_class, "spec", term["id"], SECURITY_GROUP)
                yield from ((one, True) for one in targets.subjects)
                yield from ((one, None) for one in targets.through)
                continue
            for group in self._graph.stack.of(SECURITY_GROUP):
                if isinstance(term.get("name"), str) and term["name"] == group.props.get("name"):
                    yield group, True
                elif term.get("tags") is not None and (verdict := selects(term["tags"], group, added)) is not False:
                    yield group, verdict

    def of_cluster(self, rule: Subject) -> str | None:
        """The cluster to whose own security group, which its nodes have, a rule belongs; None where it is another's."""
        value = rule.props.get("securityGroupId")
        for cluster in self._graph.stack.of(CLUSTER):
            own = [config.get("clusterSecurityGroupId") for config in objects(cluster.props.get("vpcConfig"))]
            depends = cluster.urn in rule.property_dependencies.get("securityGroupId", ())
            if (value is UNKNOWN and depends) or (isinstance(value, str) and value in as_list(own)):
                return cluster.name
        return None
