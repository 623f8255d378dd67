"""Which IAM roles are those of nodes, and which role an instance profile gives.

A kubelet on EC2 signs in with its instance's role. So a role is a node's when it has one of the policies that EKS asks of
nodes (Amazon EKS User Guide, "Amazon EKS node IAM role"), or when a cluster is told so: as the role of a node group, of
Auto Mode, of a Karpenter node class, by an access entry of a type for nodes, or in the ConfigMap aws-auth.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from guardrails.analysis.iam_documents import ROLE
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path

PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
POLICY: Final = "aws:iam/policy:Policy"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
NODE_POOLS: Final = frozenset(f"kubernetes:karpenter.sh/{version}:NodePool" for version in ("v1", "v1beta1"))
CLUSTER: Final = "aws:eks/cluster:Cluster"
ACCESS_ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
_POLICIES: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy")
_ENTRIES: Final = frozenset({"EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX"})
_ATTACHMENTS: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:iam/policyAttachment:PolicyAttachment": ("roles", "policyArn"),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ("roleName", "policyArns"),
}
TYPES: Final = frozenset({ROLE, PROFILE, POLICY, CLUSTER, ACCESS_ENTRY, CONFIG_MAP, *_ATTACHMENTS})


class NodeRoles:
    """The roles of one stack that nodes have, or may have."""

    def __init__(self, graph: Graph, node_classes: Iterable[str]) -> None:
        self._graph = graph
        self._names = {
            kind: {name: one for one in graph.stack.of(kind) if isinstance(name := one.props.get("name"), str)}
            for kind in (ROLE, PROFILE)
        }
        self._sure: set[str] = set()
        self._perhaps: set[str] = set()
        self._by_policy()
        self._by_cluster(node_classes)

    def of_profile(self, subject: Subject, prop: str, value: Value) -> bool | None:
        """Whether the profile that ``value``, in ``subject``'s ``prop``, names gives a node's role; None if unknown."""
        if value is None or value == "":
            return False
        profiles = self._follow(subject, prop, value, PROFILE)
        if not profiles:
            return None
        verdicts = [self._of_role(role) for profile in profiles for role in self._roles_of(profile)]
        return True if True in verdicts else None if None in verdicts else False

    def _roles_of(self, profile: Subject) -> list[Subject | None]:
        value = profile.props.get("role")
        if value is None or value == "":
            return []
        return [*self._follow(profile, "role", value, ROLE)] or [None]

    def _of_role(self, role: Subject | None) -> bool | None:
        if role is None:
            return None  # made elsewhere
        return True if role.urn in self._sure else None if role.urn in self._perhaps else False

    def _follow(self, subject: Subject, prop: str, value: Value, kind: str) -> list[Subject]:
        """The resources of a kind that a name, an ARN or an unknown stands for."""
        names = [one.rpartition("/")[2] for one in as_list(value) if isinstance(one, str)]
        named = [self._names[kind][name] for name in names if name in self._names[kind]]
        return named or list(self._graph.targets(subject, prop, value, kind).subjects)

    def _note(self, subject: Subject, prop: str, value: Value, *, sure: bool | None) -> None:
        """Note the roles that ``subject``'s ``prop`` names as nodes'; through other resources they only may be."""
        if sure is False:
            return
        (self._sure if sure else self._perhaps).update(role.urn for role in self._follow(subject, prop, value, ROLE))
        self._perhaps.update(role.urn for role in self._graph.targets(subject, prop, value, ROLE).through)

    def _by_policy(self) -> None:
        for role in self._graph.stack.of(ROLE):
            self._note_one(role, sure=self._for_nodes(role, "managedPolicyArns"))
        for item in self._graph.stack.of(*_ATTACHMENTS):
            key, policy = _ATTACHMENTS[item.type]
            self._note(item, key, item.props.get(key), sure=self._for_nodes(item, policy))

    def _note_one(self, role: Subject, *, sure: bool | None) -> None:
        if sure is not False:
            (self._sure if sure else self._perhaps).add(role.urn)

    def _for_nodes(self, item: Subject, prop: str) -> bool | None:
        """Whether a property names a policy for nodes; None if unknown, unless it is a policy of this stack."""
        values = as_list(item.props.get(prop))
        if any(isinstance(one, str) and one.endswith(_POLICIES) for one in values):
            return True
        own = bool(self._graph.targets(item, prop, UNKNOWN, POLICY).subjects)
        return None if any(one is UNKNOWN for one in values) and not own else False

    def _by_cluster(self, node_classes: Iterable[str]) -> None:
        for item, prop, value, sure in self._told(node_classes):
            self._note(item, prop, value, sure=sure)
            for profile in self._follow(item, prop, value, PROFILE):
                for role in self._roles_of(profile):
                    if role:
                        self._note_one(role, sure=sure)

    def _told(self, node_classes: Iterable[str]) -> Iterator[tuple[Subject, str, Value, bool | None]]:
        """Yield where a cluster gets a node's role: the resource, the property, the value, and whether it is certain."""
        stack = self._graph.stack
        for group in stack.of(NODE_GROUP):
            yield group, "nodeRoleArn", group.props.get("nodeRoleArn"), True
        for cluster in stack.of(CLUSTER):
            yield cluster, "computeConfig", get_path(_one(cluster.props.get("computeConfig")), "nodeRoleArn"), True
        for entry in stack.of(ACCESS_ENTRY):
            kind = entry.props.get("type")
            yield entry, "principalArn", entry.props.get("principalArn"), None if kind is UNKNOWN else kind in _ENTRIES
        for node_class in stack.of(*node_classes):
            for key in ("role", "instanceProfile"):
                yield node_class, "spec", get_path(node_class.props, "spec", key), True
        for config in stack.of(CONFIG_MAP):
            if get_path(config.props, "metadata", "name") == "aws-auth":
                yield from self._mapped(config)

    def _mapped(self, config: Subject) -> Iterator[tuple[Subject, str, Value, bool | None]]:
        text = get_path(config.props, "data", "mapRoles")
        if text is UNKNOWN:
            yield config, "data", UNKNOWN, None  # of all the roles it names, some may be nodes'
        elif isinstance(text, str) and "system:nodes" in text:
            named = [name for name in self._names[ROLE] if f":role/{name}" in text or f"/{name}\n" in text]
            yield config, "data", named, True if len(named) == 1 else None


def _one(value: Value) -> Value:
    """An object that may come as a list of one."""
    return UNKNOWN if value is UNKNOWN else next(iter(as_list(value)), None)
