"""The AWS actions that a deployment needs, each with its source.

Two lists that overlap: what the real AWS provider calls for each type that the program registers (the rehearsal's
stand-in calls less), and what AWS asks of the *caller* beyond the calls themselves. What the program and the stand-ins
call in a rehearsal is the third, ``recorded.txt``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RECORDED = Path(__file__).with_name("recorded.txt")
_PROVIDER = "hashicorp/terraform-provider-aws, internal/service/"
_USER_GUIDE = "awsdocs/amazon-eks-user-guide, latest/ug/"

_EC2_TAGS = "ec2:CreateTags ec2:DeleteTags"
_IAM_TAGS = "iam:TagRole iam:UntagRole"
_S3_TAGS = "s3:TagResource s3:UntagResource s3:ListTagsForResource s3:PutBucketTagging s3:GetBucketTagging"

BY_TYPE: dict[str, tuple[str, str]] = {
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs/group.go",
        (
            "logs:CreateLogGroup logs:DeleteLogGroup logs:DescribeLogGroups logs:PutRetentionPolicy "
            "logs:DeleteRetentionPolicy logs:TagResource logs:UntagResource logs:ListTagsForResource"
        ),
    ),
    "aws:ec2/eip:Eip": (
        "ec2/ec2_eip.go",
        (
            f"ec2:AllocateAddress ec2:DescribeAddresses ec2:DescribeAddressesAttribute ec2:DisassociateAddress "
            f"ec2:ReleaseAddress {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/flowLog:FlowLog": (
        "ec2/vpc_flow_log.go",
        f"ec2:CreateFlowLogs ec2:DescribeFlowLogs ec2:DeleteFlowLogs iam:PassRole {_EC2_TAGS}",
    ),
    "aws:ec2/internetGateway:InternetGateway": (
        "ec2/vpc_internet_gateway.go",
        (
            "ec2:CreateInternetGateway ec2:DescribeInternetGateways ec2:AttachInternetGateway ec2:DetachInternetGateway "
            f"ec2:DeleteInternetGateway {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        "ec2/ec2_launch_template.go",
        (
            "ec2:CreateLaunchTemplate ec2:DescribeLaunchTemplates ec2:DescribeLaunchTemplateVersions "
            f"ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate ec2:DeleteLaunchTemplate {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/natGateway:NatGateway": (
        "ec2/vpc_nat_gateway.go",
        f"ec2:CreateNatGateway ec2:DescribeNatGateways ec2:DeleteNatGateway {_EC2_TAGS}",
    ),
    "aws:ec2/route:Route": (
        "ec2/vpc_route.go",
        "ec2:CreateRoute ec2:ReplaceRoute ec2:DeleteRoute ec2:DescribeRouteTables",
    ),
    "aws:ec2/routeTable:RouteTable": (
        "ec2/vpc_route_table.go",
        f"ec2:CreateRouteTable ec2:DescribeRouteTables ec2:DeleteRouteTable {_EC2_TAGS}",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        "ec2/vpc_route_table_association.go",
        "ec2:AssociateRouteTable ec2:ReplaceRouteTableAssociation ec2:DisassociateRouteTable ec2:DescribeRouteTables",
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        "ec2/vpc_security_group.go (deleteLingeringENIs for the network interfaces)",
        (
            "ec2:CreateSecurityGroup ec2:DescribeSecurityGroups ec2:AuthorizeSecurityGroupIngress "
            "ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress "
            f"ec2:DeleteSecurityGroup ec2:DescribeNetworkInterfaces {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": (
        "ec2/vpc_security_group_rule.go",
        (
            "ec2:DescribeSecurityGroups ec2:DescribeSecurityGroupRules ec2:AuthorizeSecurityGroupIngress "
            "ec2:AuthorizeSecurityGroupEgress ec2:RevokeSecurityGroupIngress ec2:RevokeSecurityGroupEgress"
        ),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2/vpc_security_group_ingress_rule.go",
        (
            "ec2:AuthorizeSecurityGroupIngress ec2:DescribeSecurityGroupRules ec2:ModifySecurityGroupRules "
            f"ec2:RevokeSecurityGroupIngress {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/subnet:Subnet": (
        "ec2/vpc_subnet.go (DescribeNetworkInterfaces when it is deleted)",
        (
            "ec2:CreateSubnet ec2:DescribeSubnets ec2:ModifySubnetAttribute ec2:DeleteSubnet "
            f"ec2:DescribeNetworkInterfaces {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/vpc:Vpc": (
        "ec2/vpc_.go",
        (
            "ec2:CreateVpc ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:ModifyVpcAttribute ec2:DescribeNetworkAcls "
            f"ec2:DescribeSecurityGroups ec2:DescribeRouteTables ec2:DeleteVpc {_EC2_TAGS}"
        ),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "ec2/vpc_endpoint.go",
        (
            "ec2:CreateVpcEndpoint ec2:DescribeVpcEndpoints ec2:ModifyVpcEndpoint ec2:DeleteVpcEndpoints "
            f"ec2:DescribePrefixLists {_EC2_TAGS}"
        ),
    ),
    "aws:eks/accessEntry:AccessEntry": (
        "eks/access_entry.go",
        (
            "eks:CreateAccessEntry eks:DescribeAccessEntry eks:UpdateAccessEntry eks:DeleteAccessEntry eks:TagResource "
            "eks:UntagResource"
        ),
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
        "eks/access_policy_association.go",
        "eks:AssociateAccessPolicy eks:ListAssociatedAccessPolicies eks:DisassociateAccessPolicy",
    ),
    "aws:eks/addon:Addon": (
        "eks/addon.go",
        (
            "eks:CreateAddon eks:DescribeAddon eks:UpdateAddon eks:DeleteAddon eks:DescribeUpdate eks:TagResource "
            "eks:UntagResource iam:PassRole"
        ),
    ),
    "aws:eks/cluster:Cluster": (
        "eks/cluster.go",
        (
            "eks:CreateCluster eks:DescribeCluster eks:UpdateClusterConfig eks:UpdateClusterVersion eks:DescribeUpdate "
            "eks:DeleteCluster eks:TagResource eks:UntagResource iam:PassRole"
        ),
    ),
    "aws:eks/nodeGroup:NodeGroup": (
        "eks/node_group.go",
        (
            "eks:CreateNodegroup eks:DescribeNodegroup eks:UpdateNodegroupConfig eks:UpdateNodegroupVersion "
            "eks:DescribeUpdate eks:DeleteNodegroup eks:TagResource eks:UntagResource iam:PassRole"
        ),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        "iam/openid_connect_provider.go",
        (
            "iam:CreateOpenIDConnectProvider iam:GetOpenIDConnectProvider iam:DeleteOpenIDConnectProvider "
            "iam:TagOpenIDConnectProvider iam:UntagOpenIDConnectProvider"
        ),
    ),
    "aws:iam/role:Role": (
        "iam/role.go",
        (
            "iam:CreateRole iam:GetRole iam:UpdateRole iam:UpdateRoleDescription iam:UpdateAssumeRolePolicy "
            "iam:PutRolePermissionsBoundary iam:DeleteRolePermissionsBoundary iam:ListRolePolicies "
            f"iam:ListAttachedRolePolicies iam:ListInstanceProfilesForRole iam:DeleteRole {_IAM_TAGS}"
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        "iam/role_policy.go",
        "iam:PutRolePolicy iam:GetRolePolicy iam:DeleteRolePolicy",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "iam/role_policy_attachment.go",
        "iam:AttachRolePolicy iam:ListAttachedRolePolicies iam:DetachRolePolicy",
    ),
    "aws:kms/key:Key": (
        "kms/key.go",
        (
            "kms:CreateKey kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags "
            "kms:EnableKeyRotation kms:DisableKeyRotation kms:UpdateKeyDescription kms:PutKeyPolicy kms:TagResource "
            "kms:UntagResource kms:ScheduleKeyDeletion"
        ),
    ),
    "aws:s3/bucket:Bucket": (
        "s3/bucket.go (tags: #45251, #46202; objects and versions for force_destroy)",
        (
            "s3:CreateBucket s3:ListBucket s3:GetBucketLocation s3:GetBucketPolicy s3:GetBucketAcl s3:GetBucketCORS "
            "s3:GetBucketWebsite s3:GetBucketVersioning s3:GetAccelerateConfiguration s3:GetBucketRequestPayment "
            "s3:GetBucketLogging s3:GetLifecycleConfiguration s3:GetReplicationConfiguration s3:GetEncryptionConfiguration "
            f"s3:GetBucketObjectLockConfiguration s3:DeleteBucket s3:ListBucketVersions s3:DeleteObject "
            f"s3:DeleteObjectVersion {_S3_TAGS}"
        ),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3/bucket_lifecycle_configuration.go",
        "s3:PutLifecycleConfiguration s3:GetLifecycleConfiguration",
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        "s3/bucket_ownership_controls.go",
        "s3:PutBucketOwnershipControls s3:GetBucketOwnershipControls",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": (
        "s3/bucket_policy.go",
        "s3:PutBucketPolicy s3:GetBucketPolicy s3:DeleteBucketPolicy",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "s3/bucket_public_access_block.go",
        "s3:PutBucketPublicAccessBlock s3:GetBucketPublicAccessBlock",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3/bucket_server_side_encryption_configuration.go",
        "s3:PutEncryptionConfiguration s3:GetEncryptionConfiguration",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        "s3/bucket_versioning.go",
        "s3:PutBucketVersioning s3:GetBucketVersioning",
    ),
}
"""Pulumi's type to the file of the real provider that carries it out, and the actions of what it calls."""

_LINKED_ROLES = (
    "iam:CreateServiceLinkedRole",
    "the first cluster, node group, Auto Scaling group, load balancer or spot node of an account",
)
OF_THE_CALLER: tuple[tuple[str, str, str], ...] = (
    (
        "ec2:RunInstances",
        "CreateNodegroup with a launch template: EKS tries a launch with the caller's rights",
        f"{_USER_GUIDE}nodes/launch-templates.adoc",
    ),
    ("ec2:CreateTags", "the same trial launch, with the template's tags", f"{_USER_GUIDE}nodes/launch-templates.adoc"),
    ("kms:CreateGrant", "CreateCluster with encryption of Secrets", f"{_USER_GUIDE}security/security-k8s.adoc"),
    ("kms:DescribeKey", "CreateCluster with encryption of Secrets", f"{_USER_GUIDE}security/security-k8s.adoc"),
    (*_LINKED_ROLES, f"{_USER_GUIDE}security/iam-reference/security-iam.adoc"),
    (
        "iam:GetRole",
        "CreateNodegroup looks whether its service-linked role is there; the preflight looks for spot's",
        f"{_USER_GUIDE}security/iam-reference/security-iam.adoc",
    ),
    (
        "iam:PassRole",
        "roles handed to EKS, to nodes, to add-ons and to flow logs",
        "AWS service authorization reference, dependent actions of CreateCluster, CreateNodegroup, CreateFlowLogs",
    ),
    (
        "eks:DescribeAddonVersions",
        "the newest release of vpc-cni and kube-proxy",
        "pulumi/pulumi-eks, nodejs/eks/addons (aws.eks.getAddonVersion)",
    ),
    (
        "ec2:DescribeAvailabilityZones",
        "zones of the VPC; the preflight's zone ids",
        "pulumi/pulumi-awsx, awsx/ec2/vpc.ts",
    ),
    (
        "route53:AssociateVPCWithHostedZone",
        "CreateVpcEndpoint with private DNS, as the interface endpoints have it",
        "AWS service authorization reference, dependent actions of CreateVpcEndpoint",
    ),
    ("iam:GetPolicy", "whether the permissions boundary is there", "preflight/checks/account.py"),
    ("eks:ListNodegroups", "node groups in CREATE_FAILED", "preflight/checks/node_groups.py"),
    ("eks:DescribeClusterVersions", "support of the Kubernetes version", "preflight/checks/version.py"),
    ("ec2:DescribeInstanceTypeOfferings", "instance types in the chosen zones", "preflight/checks/offerings.py"),
    ("servicequotas:GetServiceQuota", "vCPUs of each family", "preflight/checks/quotas.py"),
    ("servicequotas:GetAWSDefaultServiceQuota", "vCPUs of each family", "preflight/checks/quotas.py"),
)
"""Action, for what, source: what AWS requires of the caller beyond the provider's own calls."""

_OTHER_QUOTAS = "reads quotas of that service; the preflight reads EC2's only"
DEPENDENT_NOT_NEEDED: dict[str, str] = {
    **dict.fromkeys(
        (
            "ecs:ListClusters",
            "ecs:ListContainerInstances",
            "ecs:ListServices",
            "ecs:ListTaskDefinitions",
            "ecs:ListTasks",
        ),
        "CreateFlowLogs with ECS fields in the log format; the program keeps the default format, which has none",
    ),
    "ssm:GetParameters": "launch templates that name their AMI by an SSM parameter; the program's name none, EKS chooses it",
    **dict.fromkeys(
        (
            "autoscaling:DescribeAccountLimits",
            "cloudformation:DescribeAccountLimits",
            "dynamodb:DescribeLimits",
            "elasticloadbalancing:DescribeAccountLimits",
            "iam:GetAccountSummary",
            "kinesis:DescribeLimits",
            "rds:DescribeAccountAttributes",
            "route53:GetAccountLimit",
        ),
        _OTHER_QUOTAS,
    ),
}
"""Dependent actions of allowed actions (service authorization reference) that no deployment uses, and why not."""
WITHOUT_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""What needs no permission: "No permissions are required to perform this operation" (STS API reference)."""
OF_THE_EMULATOR = frozenset({"eks:ListClusters", "iam:ListEntitiesForPolicy"})
"""What only the guards of ``rehearsal/aws/types/`` call, to refuse a deletion as AWS would by itself."""


@dataclass(frozen=True, order=True)
class Need:
    """One reason for an action."""

    action: str
    """Its full name, such as ``eks:CreateCluster``."""
    purpose: str
    """What needs it."""
    source: str
    """Page or file that documents it."""


def needs() -> Iterator[Need]:
    """Every reason from the two tables."""
    for token, (file, actions) in BY_TYPE.items():
        for action in actions.split():
            yield Need(action, token, _PROVIDER + file)
    for row in OF_THE_CALLER:
        yield Need(*row)


def recorded() -> frozenset[str]:
    """Actions that rehearsals of the committed stacks called, from up to destroy."""
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def needed() -> frozenset[str]:
    """Every action that the policy must allow."""
    return (recorded() | {one.action for one in needs()}) - WITHOUT_PERMISSION - OF_THE_EMULATOR
