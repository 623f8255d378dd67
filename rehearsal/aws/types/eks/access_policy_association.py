"""Associations of EKS access policies with access entries."""

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.types.eks.shared import OWNING_CLUSTER

TYPE = ResourceType(
    token="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    id="{clusterName}#{principalArn}#{policyArn}",
    replace=frozenset({"clusterName", "principalArn", "policyArn", "accessScope"}),
    outputs={"associatedAt": "associatedAt", "modifiedAt": "modifiedAt"},
    stamps=("associatedAt", "modifiedAt"),
    taggable=False,
    owner=OWNING_CLUSTER,
    note="who may use the cluster is not enforced",
)
