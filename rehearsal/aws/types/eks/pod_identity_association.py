"""EKS Pod Identity associations."""

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.types.eks.shared import ARN, CLUSTER_EXISTS

TYPE = ResourceType(
    token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    id="{clusterName}/{namespace}/{serviceAccount}",
    replace=frozenset({"clusterName", "namespace", "serviceAccount"}),
    outputs={
        "associationArn": ARN + ":podidentityassociation/{clusterName}/recorded",
        "associationId": "{clusterName}-{namespace}-{serviceAccount}",
    },
    owner=CLUSTER_EXISTS,
    empty={"disableSessionTags": False, "externalId": ""},
)
