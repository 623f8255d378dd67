"""Node classes of Karpenter and of EKS Auto Mode: which one a NodePool names, and the subnets that it selects."""

from collections.abc import Mapping
from typing import Final

from guardrails.analysis.routing import DEFAULT_SUBNET, SUBNET
from guardrails.engine.graph import Graph
from guardrails.engine.rule import Subject
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path

_VARIANTS: Final = ("", "Patch")
EC2_NODE_CLASSES: Final = frozenset(
    f"kubernetes:karpenter.k8s.aws/{version}:EC2NodeClass{variant}"
    for version in ("v1", "v1beta1")
    for variant in _VARIANTS
)
AUTO_NODE_CLASSES: Final = frozenset(f"kubernetes:eks.amazonaws.com/v1:NodeClass{variant}" for variant in _VARIANTS)
NODE_CLASSES: Final = EC2_NODE_CLASSES | AUTO_NODE_CLASSES
TAG: Final = "aws:ec2/tag:Tag"
Tags = Mapping[str, Mapping[str, Value]]
"""Tags by key, by the URN of what has them."""
_SUBNETS: Final = (SUBNET, DEFAULT_SUBNET)


def is_patch(subject: Subject) -> bool:
    """Whether a resource changes only what it names of an object that exists."""
    return subject.type.endswith("Patch")


def is_beta(subject: Subject) -> bool:
    """Whether a resource is of Karpenter's former version v1beta1, whose defaults differ."""
    return "/v1beta1:" in subject.type


def class_of(pool: Subject, graph: Graph) -> Subject | None:
    """Return the node class of the stack that a NodePool names, None where it is elsewhere or not known."""
    named = get_path(pool.props, "spec", "template", "spec", "nodeClassRef", "name")
    classes = [one for one in graph.stack.of(*NODE_CLASSES) if not is_patch(one)]
    if isinstance(named, str):
        return next((one for one in classes if named == name_of(one)), None)
    if named is UNKNOWN:
        depends = set(pool.property_dependencies.get("spec", ()))
        found = [one for one in classes if one.urn in depends]
        return found[0] if len(found) == 1 else None
    return None


def name_of(subject: Subject) -> str:
    """The name of a Kubernetes object; that of its resource where its own is not known."""
    name = get_path(subject.props, "metadata", "name")
    return name if isinstance(name, str) else subject.name


def added_tags(graph: Graph, *kinds: str) -> Tags:
    """Return the tags that resources of their own (``aws.ec2.Tag``) give to resources of some types, by URN.

    Args:
        graph: Of the stack.
        kinds: Types of what is tagged; subnets if none is given.
    """
    found: dict[str, dict[str, Value]] = {}
    for tag in graph.stack.of(TAG):
        for kind in kinds or _SUBNETS:
            for tagged in graph.targets(tag, "resourceId", tag.props.get("resourceId"), kind).subjects:
                if isinstance(key := tag.props.get("key"), str):
                    found.setdefault(tagged.urn, {})[key] = tag.props.get("value")
    return found


def selects(wanted: Value, resource: Subject, added: Tags) -> bool | None:
    """Whether the tags of a selector term select a subnet or a security group: all must match (a value "*" is any); None if unknown.

    Args:
        wanted: Keys and values of the term.
        resource: With its own tags.
        added: Tags of `added_tags`.
    """
    if wanted is UNKNOWN:
        return None
    if not isinstance(wanted, dict):
        return False
    tags: dict[str, Value] = {}
    for key in ("tags", "tagsAll"):
        value = resource.props.get(key)
        if isinstance(value, dict):
            tags.update(value)
        elif value is UNKNOWN and key == "tags":
            return None
    tags |= added.get(resource.urn, {})
    verdict: bool | None = True
    for key, value in wanted.items():
        if key not in tags:
            return False
        if tags[key] is UNKNOWN or value is UNKNOWN:
            verdict = None
        elif value not in ("*", tags[key]):
            return False
    return verdict if wanted else False


def zones_of(node_class: Subject, graph: Graph) -> frozenset[str] | None:
    """Return the zones of the subnets that a node class selects, None where not all are known."""
    terms = as_list(get_path(node_class.props, "spec", "subnetSelectorTerms"))
    zones: set[Value] = set()
    added = added_tags(graph)
    for term in terms:
        if not isinstance(term, dict):
            return None
        if term.get("id") is not None:
            targets = [graph.targets(node_class, "spec", term["id"], kind) for kind in _SUBNETS]
            found = [one for target in targets for one in target.subjects]
            # The dependencies are those of the whole specification: more of them than terms say nothing of this one.
            if not found or (term["id"] is UNKNOWN and len(found) > len(terms)):
                return None
        else:
            verdicts = {one: selects(term.get("tags"), one, added) for one in graph.stack.of(*_SUBNETS)}
            if None in verdicts.values():
                return None
            found = [one for one, verdict in verdicts.items() if verdict]
            if not found:
                return None
        zones |= {_zone(one) for one in found}
    return frozenset(zones) if zones and all(isinstance(zone, str) for zone in zones) else None


def _zone(subnet: Subject) -> Value:
    """The zone of a subnet, by whichever of its name and its id is given."""
    named = subnet.props.get("availabilityZone")
    return subnet.props.get("availabilityZoneId") if named is None or named == "" else named
