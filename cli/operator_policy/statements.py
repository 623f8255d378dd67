"""The statements of the operator's policy: what may be done, to what, and why a wildcard must be one.

Three things hold a deployment's rights to the platform: names (what IAM, EKS, S3 and CloudWatch Logs name begins with
what ``settings.derived.naming`` and the components give), the tag ``project`` that the provider puts on everything (EC2 and KMS
make ids of their own), and the region.
"""

from collections.abc import Iterator

from cli.operator_policy.karpenter_statements import karpenter_statements
from cli.operator_policy.statement import NEW, NEW_TAG, OWN, Allowed, Conditions, Place, actions_of
from cli.operator_policy.storage_statements import storage_statements
from settings.models.base import NAMESPACE

LINKED_SERVICES = ("eks", "eks-nodegroup", "autoscaling", "elasticloadbalancing", "spot")
PASSED_TO = ("eks", "eks-nodegroup", "ec2", "vpc-flow-logs", "lambda", "firehose")
_TAGGED_AT_BIRTH = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateInternetGateway": "internet-gateway",
    "AllocateAddress": "elastic-ip",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateLaunchTemplate": "launch-template",
}
"""EC2's operations that make something with tags, and what they make."""
_GENERATED = "EC2 makes the ids; the tag says whose it is"


def statements(place: Place) -> list[Allowed]:
    """Every statement of a deployment."""
    return [
        *_reads(place),
        *_ec2(place),
        *_eks(place),
        *_iam(place),
        *karpenter_statements(place),
        *storage_statements(place),
    ]


def _reads(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="Look",
        actions=[
            *actions_of(
                "ec2",
                "DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeCapacityReservations "
                "DescribeFlowLogs "
                "DescribeInstanceTypeOfferings DescribeInternetGateways DescribeLaunchTemplateVersions "
                "DescribeLaunchTemplates DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces "
                "DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups "
                "DescribeSubnets DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs GetEbsDefaultKmsKeyId",
            ),
            *actions_of("eks", "DescribeAddonVersions DescribeClusterVersions"),
            *actions_of("logs", "DescribeLogGroups"),
            *actions_of("servicequotas", "GetAWSDefaultServiceQuota GetServiceQuota"),
        ],
        resources=["*"],
        conditions={"StringEquals": {"aws:RequestedRegion": place.region}},
        because="these only read, and AWS lets no resource be named for them",
    )


def _ec2(place: Place) -> Iterator[Allowed]:
    anything = [place.arn("ec2", "*/*")]
    yield Allowed(
        sid="MakeTagged",
        actions=actions_of("ec2", " ".join(_TAGGED_AT_BIRTH)),
        resources=[place.arn("ec2", f"{kind}/*") for kind in _TAGGED_AT_BIRTH.values()],
        conditions=NEW,
        because="what is made has no id yet; it must carry the platform's tag",
    )
    yield Allowed(
        sid="UseOwn",
        actions=actions_of(
            "ec2",
            "AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress "
            "CreateFlowLogs CreateLaunchTemplateVersion CreateNatGateway CreateRoute CreateRouteTable "
            "CreateSecurityGroup CreateSubnet CreateTags CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway "
            "DeleteLaunchTemplate DeleteNatGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet "
            "DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway DisassociateAddress DisassociateRouteTable "
            "ModifyLaunchTemplate ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint "
            "ReleaseAddress ReplaceRoute ReplaceRouteTableAssociation RevokeSecurityGroupEgress "
            "RevokeSecurityGroupIngress",
        ),
        resources=anything,
        conditions=OWN,
        because=_GENERATED,
    )
    yield Allowed(
        sid="OpenClusterGroup",
        actions=actions_of("ec2", "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress"),
        resources=[place.arn("ec2", "security-group/*")],
        conditions={"StringLike": {"aws:ResourceTag/aws:eks:cluster-name": "llm-*"}},
        because="EKS makes the cluster's own group, with a generated id and its own tag",
    )
    yield Allowed(
        sid="TagNew",
        actions=["ec2:CreateTags"],
        resources=anything,
        conditions={"StringEquals": {"ec2:CreateAction": [*_TAGGED_AT_BIRTH, "RunInstances"]}},
        because="tags given while something is made; it has no id yet",
    )
    yield Allowed(
        sid="NameEndpoints",
        actions=["route53:AssociateVPCWithHostedZone"],
        resources=[f"arn:{place.partition}:route53:::hostedzone/*", place.arn("ec2", "vpc/*")],
        because="the zone of an endpoint's private names is AWS's own, with an id that AWS makes",
    )
    yield Allowed(
        sid="TryLaunch",
        actions=["ec2:RunInstances"],
        resources=["*"],
        conditions={"StringEquals": {"aws:RequestedRegion": place.region}},
        because="EKS tries the launch template with the caller's rights, on resources of its own that AWS does not list; "
        "a role for the instances is held by PassRoles",
    )


def _eks(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="MakeCluster",
        actions=["eks:CreateCluster"],
        resources=["*"],
        conditions={"StringEquals": {NEW_TAG: NAMESPACE, "aws:RequestedRegion": place.region}},
        because="AWS lets no resource be named for it; the cluster must carry the platform's tag",
    )
    kinds = ("cluster/llm-*", "nodegroup/llm-*/*", "addon/llm-*/*", "access-entry/llm-*/*")
    yield Allowed(
        sid="UseClusters",
        actions=actions_of(
            "eks",
            "AssociateAccessPolicy CreateAccessEntry CreateAddon CreateNodegroup DeleteAccessEntry DeleteAddon "
            "DeleteCluster DeleteNodegroup DescribeAccessEntry DescribeAddon DescribeCluster DescribeNodegroup "
            "DescribeUpdate DisassociateAccessPolicy ListAssociatedAccessPolicies ListNodegroups TagResource "
            "UntagResource UpdateAccessEntry UpdateAddon UpdateClusterConfig UpdateClusterVersion UpdateNodegroupConfig "
            "UpdateNodegroupVersion",
        ),
        resources=[place.arn("eks", kind) for kind in kinds],
        because="clusters are named llm-STACK, and EKS ends the names of what is in them with generated ids",
    )


def _iam(place: Place) -> Iterator[Allowed]:
    bounded: Conditions = {"StringEquals": {"iam:PermissionsBoundary": place.boundary}} if place.boundary else {}
    named = "Pulumi ends the roles' names with random digits; before them is llm or the service's name"
    tagged = {"StringEquals": {NEW_TAG: NAMESPACE, **dict(bounded.get("StringEquals", {}))}}
    yield Allowed(sid="MakeRoles", actions=["iam:CreateRole"], resources=place.roles, conditions=tagged, because=named)
    yield Allowed(
        sid="UseRoles",
        actions=actions_of(
            "iam",
            "DeleteRole DeleteRolePolicy DetachRolePolicy GetRolePolicy ListAttachedRolePolicies "
            "ListInstanceProfilesForRole ListRolePolicies TagRole UntagRole UpdateAssumeRolePolicy UpdateRole "
            "UpdateRoleDescription",
        ),
        resources=place.roles,
        because=named,
    )
    yield Allowed(
        sid="GrantToRoles",
        # With a boundary, rights go to bounded roles only, and the boundary stays.
        actions=actions_of(
            "iam",
            "AttachRolePolicy PutRolePermissionsBoundary PutRolePolicy"
            + ("" if place.boundary else " DeleteRolePermissionsBoundary"),
        ),
        resources=place.roles,
        conditions=bounded,
        because=named,
    )
    yield Allowed(
        sid="LookAtRoles",
        actions=actions_of("iam", "GetPolicy GetRole"),
        resources=[place.arn("iam", f"{kind}/*", region="") for kind in ("role", "policy")],
        because="the preflight looks for the roles of administrators and auditors and for the boundary, EKS for its service-linked roles",
    )
    yield Allowed(
        sid="PassRoles",
        actions=["iam:PassRole"],
        resources=[place.arn("iam", "role/llm-*", region="")],
        # IfExists: AWS does not say for every call of EKS which service the key names.
        conditions={"StringEqualsIfExists": {"iam:PassedToService": [f"{one}.amazonaws.com" for one in PASSED_TO]}},
        because="Pulumi ends the roles' names with random digits",
    )
    yield Allowed(
        sid="LinkRoles",
        actions=["iam:CreateServiceLinkedRole"],
        resources=[place.arn("iam", "role/aws-service-role/*", region="")],
        conditions={"StringEquals": {"iam:AWSServiceName": [f"{one}.amazonaws.com" for one in LINKED_SERVICES]}},
        because="AWS names these roles; the services are listed",
    )
    yield Allowed(
        sid="ClusterIdentity",
        actions=actions_of(
            "iam",
            "CreateOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider TagOpenIDConnectProvider "
            "UntagOpenIDConnectProvider",
        ),
        resources=[place.arn("iam", f"oidc-provider/oidc.eks.{place.region}.amazonaws.com/id/*", region="")],
        because="EKS makes the issuer's id",
    )
