"""EKS Pod Identity associations."""

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.types.eks.shared import ARN, OWNING_CLUSTER

TYPE = ResourceType(
    token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    id="{clusterName}/{namespace}/{serviceAccount}",
    replace=frozenset({"clusterName", "namespace", "serviceAccount"}),
    outputs={
        "associationArn": ARN + ":podidentityassociation/{clusterName}/recorded",
        "associationId": "{clusterName}-{namespace}-{serviceAccount}",
    },
    owner=OWNING_CLUSTER,
    empty={"disableSessionTags": False, "externalId": ""},
)
