"""EKS access entries."""

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.types.eks.shared import ARN, OWNING_CLUSTER

TYPE = ResourceType(
    token="aws:eks/accessEntry:AccessEntry",
    id="{clusterName}:{principalArn}",
    replace=frozenset({"clusterName", "principalArn", "type"}),
    outputs={
        "accessEntryArn": ARN + ":access-entry/{clusterName}/recorded",
        "createdAt": "createdAt",
        "modifiedAt": "modifiedAt",
    },
    stamps=("createdAt", "modifiedAt"),
    defaults={"type": "STANDARD", "kubernetesGroups": [], "userName": ""},
    owner=OWNING_CLUSTER,
    note="who may use the cluster is not enforced",
)
