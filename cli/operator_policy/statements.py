"""The statements of the operator's policy: what may be done, to what, and why a wildcard must be one.

Three things hold a deployment's rights to the platform: names (what IAM, EKS, S3 and CloudWatch Logs name begins with
what ``settings.derived.naming`` and the components give), the tag ``project`` that the provider puts on everything (EC2 and KMS
make ids of their own), and the region.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from settings.models.base import NAMESPACE

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
_TAG = "aws:ResourceTag/project"
_NEW_TAG = "aws:RequestTag/project"
OWN: Conditions = {"StringEquals": {_TAG: NAMESPACE}}
NEW: Conditions = {"StringEquals": {_NEW_TAG: NAMESPACE}}
LINKED_SERVICES = ("eks", "eks-nodegroup", "autoscaling", "elasticloadbalancing", "spot")
PASSED_TO = ("eks", "eks-nodegroup", "ec2", "vpc-flow-logs")
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


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and for what a policy holds; the defaults are the placeholders of the committed file."""

    account: str = "ACCOUNT"
    region: str = "REGION"
    partition: str = "aws"
    services: tuple[str, ...] = ("SERVICE",)
    """Services of the stack: their roles begin with their names."""
    boundary: str | None = None
    """ARN of the permissions boundary that every role must have; None where the stack has none."""

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of the account."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.account}:{resource}"

    @property
    def roles(self) -> list[str]:
        """Roles that the platform makes: its components' and its services'."""
        return [self.arn("iam", f"role/{name}-*", region="") for name in ("llm", *self.services)]


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One statement."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    because: str
    """Why the resources are no narrower."""
    conditions: Conditions = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The statement as IAM spells it."""
        body: dict[str, object] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": list(self.resources),
        }
        return body | ({"Condition": dict(self.conditions)} if self.conditions else {})


def _of(service: str, names: str) -> list[str]:
    return [f"{service}:{name}" for name in names.split()]


def statements(place: Place) -> list[Allowed]:
    """Every statement of a deployment."""
    return [*_reads(place), *_ec2(place), *_eks(place), *_iam(place), *_data(place)]


def _reads(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="Look",
        actions=[
            *_of(
                "ec2",
                "DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs "
                "DescribeInstanceTypeOfferings DescribeInternetGateways DescribeLaunchTemplateVersions "
                "DescribeLaunchTemplates DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces "
                "DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups "
                "DescribeSubnets DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs",
            ),
            *_of("eks", "DescribeAddonVersions DescribeClusterVersions"),
            *_of("logs", "DescribeLogGroups"),
            *_of("servicequotas", "GetAWSDefaultServiceQuota GetServiceQuota"),
        ],
        resources=["*"],
        conditions={"StringEquals": {"aws:RequestedRegion": place.region}},
        because="these only read, and AWS lets no resource be named for them",
    )


def _ec2(place: Place) -> Iterator[Allowed]:
    anything = [place.arn("ec2", "*/*")]
    yield Allowed(
        sid="MakeTagged",
        actions=_of("ec2", " ".join(_TAGGED_AT_BIRTH)),
        resources=[place.arn("ec2", f"{kind}/*") for kind in _TAGGED_AT_BIRTH.values()],
        conditions=NEW,
        because="what is made has no id yet; it must carry the platform's tag",
    )
    yield Allowed(
        sid="UseOwn",
        actions=_of(
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
        actions=_of("ec2", "AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress"),
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
        conditions={"StringEquals": {_NEW_TAG: NAMESPACE, "aws:RequestedRegion": place.region}},
        because="AWS lets no resource be named for it; the cluster must carry the platform's tag",
    )
    kinds = ("cluster/llm-*", "nodegroup/llm-*/*", "addon/llm-*/*", "access-entry/llm-*/*")
    yield Allowed(
        sid="UseClusters",
        actions=_of(
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
    named = "Pulumi ends the roles' names with random digits; before them stands llm or the service's name"
    tagged = {"StringEquals": {_NEW_TAG: NAMESPACE, **dict(bounded.get("StringEquals", {}))}}
    yield Allowed(sid="MakeRoles", actions=["iam:CreateRole"], resources=place.roles, conditions=tagged, because=named)
    yield Allowed(
        sid="UseRoles",
        actions=_of(
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
        actions=_of(
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
        actions=_of("iam", "GetPolicy GetRole"),
        resources=[place.arn("iam", f"{kind}/*", region="") for kind in ("role", "policy")],
        because="the preflight looks for the administrators' roles and the boundary, EKS for its service-linked roles",
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
        actions=_of(
            "iam",
            "CreateOpenIDConnectProvider DeleteOpenIDConnectProvider GetOpenIDConnectProvider TagOpenIDConnectProvider "
            "UntagOpenIDConnectProvider",
        ),
        resources=[place.arn("iam", f"oidc-provider/oidc.eks.{place.region}.amazonaws.com/id/*", region="")],
        because="EKS makes the issuer's id",
    )


def _data(place: Place) -> Iterator[Allowed]:
    yield Allowed(
        sid="MakeKeys",
        actions=_of("kms", "CreateKey TagResource"),
        resources=["*"],
        conditions={"StringEquals": {_NEW_TAG: NAMESPACE, "aws:RequestedRegion": place.region}},
        because="a new key has no id yet, and KMS checks its first tags like later ones",
    )
    keys = [place.arn("kms", "key/*")]
    yield Allowed(
        sid="UseKeys",
        actions=_of(
            "kms",
            # TagResource here too: the AWS provider sends changed tags only, which leaves out `project`.
            "CreateGrant DisableKeyRotation PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource "
            "UpdateKeyDescription",
        ),
        resources=keys,
        conditions=OWN,
        because="KMS makes the ids; the tag says whose it is",
    )
    yield Allowed(
        sid="UseNewKeys",
        actions=_of("kms", "DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
        resources=keys,
        because="called seconds after a key is made, when its tags may not count yet; these read, or turn rotation on",
    )
    yield Allowed(
        sid="LendKeys",
        actions=["kms:CreateGrant"],
        resources=keys,
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        because="EKS uses a key minutes after it is made, when its tags may not count yet; only AWS services may ask",
    )
    bucket = f"arn:{place.partition}:s3:::models-*"
    random = "Pulumi ends the name with random digits, and names of buckets are of the whole world"
    yield Allowed(
        sid="UseBucket",
        actions=_of(
            "s3",
            "CreateBucket DeleteBucket DeleteBucketPolicy GetAccelerateConfiguration GetBucketAcl GetBucketCORS "
            "GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls "
            "GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning "
            "GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration "
            "ListBucket ListBucketVersions ListTagsForResource PutBucketOwnershipControls PutBucketPolicy "
            "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
            "PutLifecycleConfiguration TagResource UntagResource",
        ),
        resources=[bucket],
        because=random,
    )
    yield Allowed(
        sid="EmptyBucket",
        actions=_of("s3", "DeleteObject DeleteObjectVersion"),
        resources=[f"{bucket}/*"],
        because=f"{random}; a bucket that is not retained is emptied when the stack is destroyed",
    )
    yield Allowed(
        sid="UseLogGroups",
        actions=_of(
            "logs",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy TagResource "
            "UntagResource",
        ),
        resources=[place.arn("logs", f"log-group:{name}") for name in ("/aws/eks/llm-*", "llm-flow-logs-*")],
        because="one group a cluster, llm-STACK; Pulumi ends the other's name with random digits",
    )


def state_statements(place: Place, bucket: str = "STATE-BUCKET", key: str = "STATE-KEY") -> list[Allowed]:
    """What Pulumi needs of a state bucket and of the KMS key of the secrets provider; optional.

    Args:
        place: where the policy holds.
        bucket: name of the bucket.
        key: id of the key.
    """
    arn = f"arn:{place.partition}:s3:::{bucket}"
    return [
        Allowed(sid="ListState", actions=["s3:ListBucket"], resources=[arn], because="one bucket"),
        Allowed(
            sid="UseState",
            actions=_of("s3", "DeleteObject GetObject PutObject"),
            resources=[f"{arn}/*"],
            because="Pulumi keeps checkpoints, their history and locks below .pulumi/",
        ),
        Allowed(
            sid="UseSecrets",
            actions=_of("kms", "Decrypt Encrypt GenerateDataKey"),
            resources=[place.arn("kms", f"key/{key}")],
            because="one key: Encrypt and Decrypt for the secrets provider, GenerateDataKey where it also encrypts the bucket",
        ),
    ]
