"""The AWS actions that a deployment needs, each with its source.

Two lists that overlap: what the real AWS provider calls for each type that the program registers (the rehearsal's
stand-in calls less), and what AWS asks of the *caller* beyond the calls themselves. What the program and the stand-ins
call in a rehearsal is the third, ``recorded.txt``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.operator_policy.needs_by_type import BY_TYPE

RECORDED = Path(__file__).with_name("recorded.txt")
_PROVIDER = "hashicorp/terraform-provider-aws, internal/service/"
_USER_GUIDE = "awsdocs/amazon-eks-user-guide, latest/ug/"


_LINKED_ROLES = (
    "iam:CreateServiceLinkedRole",
    "the first cluster, node group, Auto Scaling group, load balancer, spot node or pull-through cache rule of an account",
)
OF_THE_CALLER: tuple[tuple[str, str, str], ...] = (
    (
        "ec2:RunInstances",
        "CreateNodegroup with a launch template: EKS tries a launch with the caller's rights",
        f"{_USER_GUIDE}nodes/launch-templates.adoc",
    ),
    ("ec2:CreateTags", "the same trial launch, with the template's tags", f"{_USER_GUIDE}nodes/launch-templates.adoc"),
    ("kms:CreateGrant", "CreateCluster with encryption of Secrets", f"{_USER_GUIDE}security/security-k8s.adoc"),
    *(
        (
            action,
            "an object in a bucket, and a table, that are encrypted with the platform's key",
            "S3 User Guide, Using server-side encryption with AWS KMS keys; DynamoDB Developer Guide, How DynamoDB uses AWS KMS",
        )
        for action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
    ),
    *(
        (
            action,
            "a table that is encrypted with the platform's key",
            "DynamoDB Developer Guide, DynamoDB encryption at rest (Key policy for a customer managed key)",
        )
        for action in ("kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    ),
    (
        "acm:AddTagsToCertificate",
        "RequestCertificate with tags, before the certificate has any",
        "hashicorp/terraform-provider-aws#11903",
    ),
    *(
        (action, "RequestCertificate of a private CA", "AWS Private CA User Guide, Examples of IAM policies for ACM")
        for action in ("acm-pca:IssueCertificate", "acm-pca:GetCertificate")
    ),
    ("kms:DescribeKey", "CreateCluster with encryption of Secrets", f"{_USER_GUIDE}security/security-k8s.adoc"),
    (*_LINKED_ROLES, f"{_USER_GUIDE}security/iam-reference/security-iam.adoc"),
    (
        "iam:GetRole",
        "CreateNodegroup looks whether its service-linked role is there; the preflight looks for spot's",
        f"{_USER_GUIDE}security/iam-reference/security-iam.adoc",
    ),
    (
        "iam:PassRole",
        "roles handed to EKS, to nodes, to add-ons, to flow logs, to Lambda and to Firehose",
        "AWS service authorization reference, dependent actions of CreateCluster, CreateNodegroup, CreateFlowLogs, CreateFunction, CreateDeliveryStream",
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
    *(
        (
            f"elasticloadbalancing:{name}",
            "ARNs of the load balancers that alarms watch (aws.lb.getLbs)",
            "components/monitoring/cloud/load_balancers.py",
        )
        for name in ("DescribeLoadBalancers", "DescribeTags")
    ),
    *(
        (
            action,
            "CreateRepositoryCreationTemplate with a lifecycle policy",
            "Amazon ECR User Guide, Creating a repository creation template (IAM permissions)",
        )
        for action in ("ecr:CreateRepository", "ecr:PutLifecyclePolicy")
    ),
    (
        "secretsmanager:GetSecretValue",
        "CreatePullThroughCacheRule with a secret",
        "AWS::ECR::PullThroughCacheRule, permissions of the create handler (CloudFormation resource schema)",
    ),
    ("iam:GetPolicy", "whether the permissions boundary is there", "preflight/checks/account.py"),
    (
        "iam:ListRoles",
        "whether the account has the service-linked role of spot, with create_spot_service_linked_role",
        "components/cluster/karpenter/spot.py",
    ),
    ("eks:ListNodegroups", "node groups in CREATE_FAILED", "preflight/checks/node_groups.py"),
    ("eks:DescribeClusterVersions", "support of the Kubernetes version", "preflight/checks/version.py"),
    ("ec2:DescribeInstanceTypeOfferings", "instance types in the chosen zones", "preflight/checks/offerings.py"),
    ("ec2:DescribeCapacityReservations", "the reservations of Karpenter pools", "preflight/checks/reservations.py"),
    *(
        (
            f"servicequotas:{name}",
            "vCPUs of each family, VPCs, Elastic IPs, executions of Lambda",
            "preflight/quota_values.py",
        )
        for name in ("GetServiceQuota", "GetAWSDefaultServiceQuota")
    ),
    ("ec2:GetEbsDefaultKmsKeyId", "the key that EBS encrypts volumes with", "preflight/checks/volume_key.py"),
    ("kms:DescribeKey", "whose that key is, and whether EBS can use it", "preflight/checks/volume_key.py"),
    ("kms:GetKeyPolicy", "whom that key admits", "preflight/checks/volume_key.py"),
    ("acm-pca:DescribeCertificateAuthority", "whether the private CA is active", "preflight/checks/certificate.py"),
)
"""Action, for what, source: what AWS requires of the caller beyond the provider's own calls."""

_OTHER_QUOTAS = "reads quotas of that service; the preflight reads EC2's, those of VPCs and of Lambda only"
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
