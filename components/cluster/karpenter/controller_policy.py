"""What Karpenter's controller may do: the statements of the template that Karpenter publishes for 1.14, one for one.

Source: the policies NodeLifecycle, IAMIntegration, EKSIntegration, Interruption and ResourceDiscovery in
website/content/en/v1.14/getting-started/getting-started-with-karpenter/cloudformation.yaml of aws/karpenter-provider-aws.
Beside it, a key of one's own for the nodes' volumes ("Troubleshooting", "Node terminates before ready on failed encrypted EBS
volume"). Narrower than there: ARNs name the account where the template has ``*``, and nothing that makes or changes instance profiles is
allowed, since each EC2NodeClass names one that exists. ZonalShift is omitted with the chart's setting of that name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cluster.volume_key import key_statements
from components.iam import Conditions, PolicyDocument, Statement

LAUNCH = ("ec2:RunInstances", "ec2:CreateFleet")
CREATED = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
"""Kinds of what a launch makes, which all get Karpenter's tags."""
READS = (
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribePlacementGroups",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
)
_NEW = "what is launched has no id yet; the condition demands the cluster's tags"
_BY_TAG = "EC2 makes the ids; the condition admits what carries the cluster's tags only"
_NO_RESOURCE = "AWS lets no resource be named for it, and it only reads"


@dataclass(frozen=True, kw_only=True)
class Grant:
    """For which cluster, and with what, the controller may work."""

    partition: pulumi.Input[str]
    """AWS partition (aws, aws-us-gov, aws-cn)."""
    region: str
    """AWS region."""
    account: pulumi.Input[str]
    """AWS account."""
    cluster_name: str
    """Name of the EKS cluster."""
    node_role_arn: pulumi.Input[str]
    """ARN of the role that nodes get."""
    queue_arn: pulumi.Input[str]
    """ARN of the interruption queue."""
    volume_key: str | None = None
    """ARN of the KMS key that encrypts the nodes' volumes; None for EBS's default key of the account."""

    def arn(self, service: str, resource: str, *, account: pulumi.Input[str] | None = None) -> pulumi.Output[str]:
        """ARN of a resource of the region."""
        owner = self.account if account is None else account
        return pulumi.Output.concat("arn:", self.partition, f":{service}:{self.region}:", owner, f":{resource}")

    def created(self, *kinds: str) -> list[pulumi.Output[str]]:
        """ARNs of all of EC2's resources of some kinds."""
        return [self.arn("ec2", f"{kind}/*") for kind in kinds]

    @property
    def owned(self) -> Conditions:
        """Condition: a resource that Karpenter made for the cluster."""
        return {
            "StringEquals": {f"aws:ResourceTag/kubernetes.io/cluster/{self.cluster_name}": "owned"},
            "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
        }

    @property
    def tagged(self) -> Conditions:
        """Condition: a request that tags what it makes as the cluster's."""
        return {
            "StringEquals": {
                f"aws:RequestTag/kubernetes.io/cluster/{self.cluster_name}": "owned",
                "aws:RequestTag/eks:eks-cluster-name": self.cluster_name,
            },
            "StringLike": {"aws:RequestTag/karpenter.sh/nodepool": "*"},
        }


def controller_policy(grant: Grant) -> PolicyDocument:
    """The controller's permissions."""
    keys = [grant.volume_key] if grant.volume_key else []
    return PolicyDocument(
        [*_launching(grant), *_owned(grant), *_reading(grant), *_rest(grant), *key_statements(keys, grant.region)]
    )


def _launching(grant: Grant) -> Sequence[Statement]:
    made_by = {"ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]}
    return (
        Statement(
            sid="LaunchWithShared",
            actions=LAUNCH,
            resources=[
                grant.arn("ec2", "image/*", account=""),
                grant.arn("ec2", "snapshot/*", account=""),
                *grant.created("security-group", "subnet", "placement-group"),
                # A reservation may be shared with the account by its owner.
                grant.arn("ec2", "capacity-reservation/*", account="*"),
            ],
            because="what a launch uses; the launch itself is held by the tags on what it makes",
        ),
        Statement(
            sid="LaunchFromTemplates",
            actions=LAUNCH,
            resources=grant.created("launch-template"),
            conditions=grant.owned,
            because=_BY_TAG,
        ),
        Statement(
            sid="CreateTagged",
            actions=[*LAUNCH, "ec2:CreateLaunchTemplate"],
            resources=grant.created(*CREATED),
            conditions=grant.tagged,
            because=_NEW,
        ),
        Statement(
            sid="TagOnCreation",
            actions=["ec2:CreateTags"],
            resources=grant.created(*CREATED),
            conditions={**grant.tagged, "StringEquals": {**grant.tagged["StringEquals"], **made_by}},
            because=_NEW,
        ),
    )


def _owned(grant: Grant) -> Sequence[Statement]:
    keys = ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
    return (
        Statement(
            sid="TagInstances",
            actions=["ec2:CreateTags"],
            resources=grant.created("instance"),
            conditions={
                **grant.owned,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": grant.cluster_name},
                "ForAllValues:StringEquals": {"aws:TagKeys": keys},
            },
            because=_BY_TAG,
        ),
        Statement(
            sid="Delete",
            actions=["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            resources=grant.created("instance", "launch-template"),
            conditions=grant.owned,
            because=_BY_TAG,
        ),
    )


def _reading(grant: Grant) -> Sequence[Statement]:
    return (
        Statement(
            sid="ReadRegion",
            actions=READS,
            resources=["*"],
            conditions={"StringEquals": {"aws:RequestedRegion": grant.region}},
            because=_NO_RESOURCE,
        ),
        Statement(
            sid="ReadImages",
            actions=["ssm:GetParameter"],
            resources=[grant.arn("ssm", "parameter/aws/service/*", account="")],
            because="AWS's public parameters, which name the AMIs of each release",
        ),
        Statement(sid="ReadPrices", actions=["pricing:GetProducts"], resources=["*"], because=_NO_RESOURCE),
        Statement(
            sid="ListInstanceProfiles", actions=["iam:ListInstanceProfiles"], resources=["*"], because=_NO_RESOURCE
        ),
        Statement(
            sid="ReadInstanceProfiles",
            actions=["iam:GetInstanceProfile"],
            resources=[
                pulumi.Output.concat("arn:", grant.partition, ":iam::", grant.account, ":instance-profile/*"),
            ],
            because="an EC2NodeClass that is deleted keeps its finalizer until IAM answers that no profile has the name that "
            "earlier versions of Karpenter gave one, also where it names its own (nodeclass/controller.go)",
        ),
    )


def _rest(grant: Grant) -> Sequence[Statement]:
    return (
        Statement(
            sid="PassNodeRole",
            actions=["iam:PassRole"],
            resources=[grant.node_role_arn],
            conditions={"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}},
        ),
        Statement(
            sid="ReadCluster",
            actions=["eks:DescribeCluster"],
            resources=[grant.arn("eks", f"cluster/{grant.cluster_name}")],
        ),
        Statement(
            sid="ReceiveInterruptions",
            actions=["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            resources=[grant.queue_arn],
        ),
    )
