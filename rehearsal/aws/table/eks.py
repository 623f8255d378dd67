"""EKS: clusters and node groups in moto, the rest recorded."""

from rehearsal.aws import checks, eks_checks
from rehearsal.aws.kind import Kind, Read, Tags
from rehearsal.aws.special import eks as special
from rehearsal.aws.special.node_groups import NodeGroup

_CLUSTER = Read(operation="describe_cluster", arguments={"name": "{clusterName}"}, path="cluster")
_EXISTS = ("eks", _CLUSTER)
_ARN = "arn:{partition}:eks:{region}:{account}"
_TAGS = Tags(
    member="tags",
    form="map",
    add="tag_resource",
    remove="untag_resource",
    arguments={"resourceArn": "{arn}"},
    added="tags",
    removed="tagKeys",
    found="tags",
)

KINDS = (
    Kind(
        token="aws:eks/cluster:Cluster",
        service="eks",
        create="create_cluster",
        id="{name}",
        read=Read(operation="describe_cluster", arguments={"name": "{id}"}, path="cluster"),
        delete=("delete_cluster", {"name": "{id}"}),
        replace=frozenset({"name", "roleArn", "kubernetesNetworkConfig.serviceIpv4Cidr", "bootstrapSelfManagedAddons"}),
        tags=_TAGS,
        name="name",
        name_length=100,
        outputs={"arn": "arn", "createdAt": "createdAt", "status": "status", "platformVersion": "platformVersion"},
        defaults={
            "bootstrapSelfManagedAddons": True,
            "deletionProtection": False,
            "upgradePolicy": {"supportType": "EXTENDED"},
        },
        checks=(eks_checks.cluster_version, eks_checks.cluster_subnets, checks.name_characters("name", 100)),
        behaviour=special.Cluster,
    ),
    Kind(
        token="aws:eks/nodeGroup:NodeGroup",
        service="eks",
        create="create_nodegroup",
        id="{clusterName}:{nodeGroupName}",
        read=Read(
            operation="describe_nodegroup",
            arguments={"clusterName": "{clusterName}", "nodegroupName": "{nodeGroupName}"},
            path="nodegroup",
        ),
        delete=("delete_nodegroup", {"clusterName": "{clusterName}", "nodegroupName": "{nodeGroupName}"}),
        renames={"subnetIds": "subnets", "nodeRoleArn": "nodeRole", "nodeGroupName": "nodegroupName"},
        skip=frozenset({"nodeGroupNamePrefix", "forceUpdateVersion"}),
        replace=frozenset(
            {
                *("clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "instanceTypes"),
                *("amiType", "capacityType", "diskSize", "remoteAccess", "launchTemplate.id", "launchTemplate.name"),
            }
        ),
        tags=_TAGS,
        name="nodeGroupName",
        name_length=63,
        outputs={"arn": "nodegroupArn", "status": "status", "resources": "resources"},
        checks=(
            eks_checks.node_group_scaling,
            eks_checks.node_group_taints,
            eks_checks.node_group_update,
            eks_checks.node_group_release,
        ),
        behaviour=NodeGroup,
    ),
    Kind(
        token="aws:eks/addon:Addon",
        id="{clusterName}:{addonName}",
        replace=frozenset({"clusterName", "addonName"}),
        outputs={
            "arn": _ARN + ":addon/{clusterName}/{addonName}/recorded",
            "createdAt": "createdAt",
            "modifiedAt": "modifiedAt",
        },
        stamps=("createdAt", "modifiedAt"),
        exists=_EXISTS,
        behaviour=special.Addon,
        note="nothing is installed: the node agent's own service proxy and DNS stand in",
    ),
    Kind(
        token="aws:eks/accessEntry:AccessEntry",
        id="{clusterName}:{principalArn}",
        replace=frozenset({"clusterName", "principalArn", "type"}),
        outputs={
            "accessEntryArn": _ARN + ":access-entry/{clusterName}/recorded",
            "createdAt": "createdAt",
            "modifiedAt": "modifiedAt",
        },
        stamps=("createdAt", "modifiedAt"),
        defaults={"type": "STANDARD", "kubernetesGroups": [], "userName": ""},
        exists=_EXISTS,
        note="who may use the cluster is not enforced",
    ),
    Kind(
        token="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        id="{clusterName}#{principalArn}#{policyArn}",
        replace=frozenset({"clusterName", "principalArn", "policyArn", "accessScope"}),
        outputs={"associatedAt": "associatedAt", "modifiedAt": "modifiedAt"},
        stamps=("associatedAt", "modifiedAt"),
        taggable=False,
        exists=_EXISTS,
        note="who may use the cluster is not enforced",
    ),
    Kind(
        token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
        id="{clusterName}/{namespace}/{serviceAccount}",
        replace=frozenset({"clusterName", "namespace", "serviceAccount"}),
        outputs={
            "associationArn": _ARN + ":podidentityassociation/{clusterName}/recorded",
            "associationId": "{clusterName}-{namespace}-{serviceAccount}",
        },
        exists=_EXISTS,
    ),
)
