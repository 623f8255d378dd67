"""Shared by EKS types: ARNs, tags, the cluster that they belong to."""

from typing import Any

from rehearsal.aws.patching import replace_methods
from rehearsal.aws.spec import Lookup, TagCalls

ARN = "arn:{partition}:eks:{region}:{account}"
"""Start of the ARN of an EKS resource, as a template."""
_CLUSTER = Lookup(operation="describe_cluster", arguments={"name": "{clusterName}"}, path="cluster")
OWNING_CLUSTER = ("eks", _CLUSTER)
"""The cluster that must exist first."""
EKS_TAGS = TagCalls(
    member="tags",
    form="map",
    add="tag_resource",
    remove="untag_resource",
    arguments={"resourceArn": "{arn}"},
    added="tags",
    removed="tagKeys",
    found="tags",
)


def find_tags_of_node_groups() -> None:
    """Let EKS's tag operations find node groups too: moto finds clusters only."""
    from moto.eks.models import EKSBackend  # noqa: PLC0415 - the server alone imports moto

    tag, untag, tell = EKSBackend.tag_resource, EKSBackend.untag_resource, EKSBackend.list_tags_for_resource

    def tags_of(backend: EKSBackend, arn: str) -> dict[str, str] | None:
        groups = (group for cluster in backend.clusters.values() for group in cluster.nodegroups.values())
        return next((group.tags for group in groups if group.arn == arn), None)

    def tag_resource(self: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
        held = tags_of(self, resource_arn)
        if held is None:
            tag(self, resource_arn, tags)
        else:
            held.update(tags)

    def untag_resource(self: EKSBackend, resource_arn: str, tag_keys: Any) -> None:
        held = tags_of(self, resource_arn)
        if held is None:
            untag(self, resource_arn, tag_keys)
            return
        for key in tag_keys if isinstance(tag_keys, list) else [tag_keys]:
            held.pop(key, None)

    def list_tags_for_resource(self: EKSBackend, resource_arn: str) -> dict[str, str]:
        held = tags_of(self, resource_arn)
        return tell(self, resource_arn) if held is None else held

    replace_methods(EKSBackend, tag_resource, untag_resource, list_tags_for_resource)
