"""IAM: what AWS's access levels call a change, on every resource; controllers' published policies stay quiet."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.iam import ACCOUNT, allow, one, policy
from tests.policies.judging import Case, U, case

CHANGES = (
    "dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:PartiQLUpdate", "dynamodb:PutResourcePolicy",
    "ecr:PutImage", "ecr:SetRepositoryPolicy", "ecr:BatchDeleteImage", "ecr:PutLifecyclePolicy",
    "ec2:ModifySnapshotAttribute", "ec2:ModifyImageAttribute", "ec2:TerminateInstances", "ec2:CreateTags",
    "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateRoute", "ec2:DisableSnapshotBlockPublicAccess",
    "sts:GetFederationToken", "eks:CreatePodIdentityAssociation", "eks:UpdateClusterConfig", "eks:TagResource",
    "sqs:SendMessage", "sns:Publish", "sns:AddPermission", "rds:ModifyDBInstance", "rds:DeleteDBCluster",
    "route53:ChangeResourceRecordSets", "autoscaling:UpdateAutoScalingGroup", "logs:DeleteLogGroup",
    "logs:PutSubscriptionFilter", "events:PutTargets", "lambda:CreateFunction", "lambda:PublishLayerVersion",
    "cloudformation:UpdateStack", "ecs:RunTask", "codebuild:StartBuild", "secretsmanager:RestoreSecret",
    "kms:ImportKeyMaterial", "bedrock:DeleteGuardrail", "sagemaker:CreateEndpoint", "glue:UpdateJob",
    "elasticfilesystem:DeleteFileSystem", "backup:DeleteRecoveryPoint", "iam:CreateServiceLinkedRole",
    "cloudtrail:StopLogging", "guardduty:DeleteDetector", "es:ESHttpPost", "aps:RemoteWrite", "iam:TagRole",
    "ec2-instance-connect:SendSSHPublicKey", "s3tables:PutTableBucketPolicy", "sqs:PurgeQueue", "dynamodb:De*",
    "ec2:Modify*", "ecr:P?tImage", "dynamodb:*Item", "EC2:terminateinstances",
)  # fmt: skip
QUIET = (
    "ec2:Describe*", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "dynamodb:DescribeTable", "eks:ListClusters",
    "elasticloadbalancing:Describe*", "autoscaling:DescribeAutoScalingGroups", "tag:GetResources", "pricing:GetProducts",
    "xray:PutTraceSegments", "ssm:DescribeParameters", "sts:GetAccessKeyInfo", "iam:ListRoles", "cloudwatch:PutMetricData",
    "logs:CreateLogGroup", "bedrock:ListFoundationModels",
)  # fmt: skip
CONTROLLER_TAG = "elbv2.k8s.aws/cluster"


def when(operator: str, **keys: Any) -> dict[str, Any]:
    """A condition; ``__`` in a key stands for a colon."""
    return {"Condition": {operator: {key.replace("__", ":"): value for key, value in keys.items()}}}


def tagged(kind: str, tag: str, value: str = "owned", operator: str = "StringEquals") -> dict[str, Any]:
    return {"Condition": {operator: {f"aws:{kind}/{tag}": value}}}


def document_of(note: str, *statements: Any) -> Case:
    return case(note, policy({"Version": "2012-10-17", "Statement": list(statements)}))


def ec2(*kinds: str) -> list[str]:
    return [f"arn:aws:ec2:*:*:{kind}/*" for kind in kinds]


# After docs/install/iam_policy.json of kubernetes-sigs/aws-load-balancer-controller: what it allows without its tag.
LOAD_BALANCER_CONTROLLER = document_of(
    "the load balancer controller",
    allow("iam:CreateServiceLinkedRole", "*", **when("StringEquals", iam__AWSServiceName="elasticloadbalancing.amazonaws.com")),
    allow(["wafv2:AssociateWebACL", "wafv2:DisassociateWebACL", "shield:CreateProtection", "shield:DeleteProtection"], "*"),
    allow(["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"], "*"),
    allow("ec2:CreateSecurityGroup", "*"),
    allow("ec2:CreateTags", ec2("security-group"), Condition={"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}, "Null": {f"aws:RequestTag/{CONTROLLER_TAG}": "false"}}),
    allow("elasticloadbalancing:CreateLoadBalancer", "*", **tagged("RequestTag", CONTROLLER_TAG, "false", "Null")),
    allow(["elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:SetRulePriorities"], "*"),
    allow("elasticloadbalancing:DeleteLoadBalancer", "*", **tagged("ResourceTag", CONTROLLER_TAG, "false", "Null")),
    allow("elasticloadbalancing:RegisterTargets", "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*"),
)  # fmt: skip
# After docs/example-iam-policy.json of kubernetes-sigs/aws-ebs-csi-driver.
EBS_DRIVER = document_of(
    "the EBS driver",
    allow(["ec2:CreateSnapshot", "ec2:ModifyVolume"], ec2("volume")),
    allow(["ec2:AttachVolume", "ec2:DetachVolume"], ec2("volume", "instance")),
    allow(["ec2:CreateVolume", "ec2:EnableFastSnapshotRestores"], ec2("snapshot")),
    allow("ec2:CreateTags", ec2("volume", "snapshot"), **when("StringEquals", ec2__CreateAction=["CreateVolume", "CreateSnapshot"])),
    allow("ec2:DeleteTags", ec2("volume", "snapshot")),
    allow("ec2:CreateVolume", ec2("volume"), **tagged("RequestTag", "CSIVolumeName", "*", "StringLike")),
    allow("ec2:DeleteVolume", "*", Condition={"StringLike": {"ec2:ResourceTag/ebs.csi.aws.com/cluster": "true"}}),
)  # fmt: skip
# After the CloudFormation template of https://karpenter.sh/docs/reference/cloudformation/.
KARPENTER = document_of(
    "Karpenter",
    allow(["ec2:RunInstances", "ec2:CreateFleet"], ec2("image", "snapshot", "security-group", "subnet", "capacity-reservation")),
    allow(["ec2:RunInstances", "ec2:CreateLaunchTemplate"], ec2("fleet", "instance", "launch-template"), **tagged("RequestTag", "kubernetes.io/cluster/llm")),
    allow(["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"], ec2("instance", "launch-template"), **tagged("ResourceTag", "kubernetes.io/cluster/llm")),
    allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/karpenter-node", **when("StringEquals", iam__PassedToService="ec2.amazonaws.com")),
    allow(["iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile"], f"arn:aws:iam::{ACCOUNT}:instance-profile/*", **tagged("ResourceTag", "kubernetes.io/cluster/llm")),
    allow(["sqs:DeleteMessage", "sqs:ReceiveMessage"], f"arn:aws:sqs:us-east-1:{ACCOUNT}:llm"),
    allow("ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/*"),
    allow("ec2:Describe*", "*", **when("StringEquals", aws__RequestedRegion="us-east-1")),
)  # fmt: skip

EXAMPLES = {
    "iam-star-resource": Examples(
        passes=(
            *(one(f"no change: {action}", allow(action, "*")) for action in QUIET),
            LOAD_BALANCER_CONTROLLER,
            EBS_DRIVER,
            KARPENTER,
            one("a change to one table", allow("dynamodb:UpdateItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/llm")),
            one("tables of a prefix", allow("dynamodb:BatchWriteItem", f"arn:aws:dynamodb:*:{ACCOUNT}:table/llm-*")),
            one("images of one repository", allow(["ecr:PutImage", "ecr:InitiateLayerUpload"], f"arn:aws:ecr:*:{ACCOUNT}:repository/llm")),
            one("a tag of the request", allow("ec2:RunInstances", "*", **tagged("RequestTag", "team", "llm"))),
            one("any value of a tag", allow("autoscaling:SetDesiredCapacity", "*", **tagged("ResourceTag", "k8s.io/cluster", "*", "StringLike"))),
            one("tag keys", allow("ec2:CreateVolume", "*", Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}})),
            one("tags of what is new", allow("ec2:CreateTags", "*", **when("StringEquals", ec2__CreateAction="RunInstances"))),
            one("a namespace of metrics", allow("cloudwatch:PutMetricAlarm", "*", **when("StringEquals", cloudwatch__namespace="llm"))),
            one("the cluster of a task", allow("ecs:UpdateService", "*", Condition={"ArnEquals": {"ecs:cluster": "arn:aws:ecs:eu-west-1:123456789012:cluster/llm"}})),
            one("records of a name", allow("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/*")),
            one("a tag of the object", allow("s3:GetObject", "*", Condition={"StringEquals": {"s3:ExistingObjectTag/team": "llm"}})),
            one("a tag of the database", allow("rds:ModifyDBInstance", "*", Condition={"StringEquals": {"rds:db-tag/team": "llm"}})),
            one("an alias of the key", allow("kms:Decrypt", "*", Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/llm"}})),
            one("Deny", {"Effect": "Deny", "Action": ["ec2:*", "ecr:PutImage"], "Resource": "*"}),
            one("NotAction is the business of another rule", {"Effect": "Allow", "NotAction": "ecr:PutImage", "Resource": "*"}),
        ),
        fails=(
            *(one(f"a change: {action}", allow(action, "*")) for action in CHANGES),
            one("every table by ARN", allow("dynamodb:UpdateItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/*")),
            one("every repository by ARN", allow("ecr:PutImage", f"arn:aws:ecr:*:{ACCOUNT}:repository/*")),
            one("every snapshot by ARN", allow("ec2:ModifySnapshotAttribute", "arn:aws:ec2:*::snapshot/*")),
            one("every queue by ARN", allow("sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:*")),
            one("every stack by ARN", allow("cloudformation:UpdateStack", f"arn:aws:cloudformation:*:{ACCOUNT}:stack/*/*")),
            one("one change among reads", allow(["ec2:Describe*", "ec2:DeleteVolume"], "*")),
            one("a network narrows no resource", allow("ecr:PutImage", "*", **when("StringEquals", aws__SourceVpc="vpc-1"))),
            one("any cluster of a task", allow("ecs:UpdateService", "*", Condition={"ArnLike": {"ecs:cluster": "*"}})),
            one("a region narrows no resource", allow("ec2:TerminateInstances", "*", **when("StringEquals", aws__RequestedRegion="us-east-1"))),
            one("MFA narrows no resource", allow("rds:DeleteDBInstance", "*", **when("Bool", aws__MultiFactorAuthPresent="true"))),
            one("without the tag", allow("ec2:TerminateInstances", "*", **tagged("ResourceTag", "team", "llm", "StringNotEquals"))),
            one("where the tag is absent", allow("ec2:TerminateInstances", "*", **tagged("ResourceTag", "team", "true", "Null"))),
            one("if the tag exists", allow("ec2:StopInstances", "*", **tagged("ResourceTag", "team", "llm", "StringEqualsIfExists"))),
            one("any alias of a key", allow("kms:Decrypt", "*", Condition={"ForAnyValue:StringLike": {"kms:ResourceAliases": "*"}})),
            one("an alias, or none", allow("kms:Decrypt", "*", Condition={"ForAllValues:StringEquals": {"kms:ResourceAliases": "alias/llm"}})),
            one("a service does not name a key", allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})),
            one("any tag of the object", allow("s3:GetObject", "*", Condition={"StringLike": {"s3:ExistingObjectTag/team": "*"}})),
            one("the load balancer controller's right by itself", allow("ec2:AuthorizeSecurityGroupIngress", "*")),
            document_of("the controller's policy with another right", allow("ec2:DeleteVpc", "*"), allow("elasticloadbalancing:DeleteLoadBalancer", "*", **tagged("ResourceTag", CONTROLLER_TAG, "false", "Null"))),
            document_of("tags of the controller excuse no other service", allow("rds:DeleteDBInstance", "*"), allow("ec2:CreateTags", "*", **tagged("RequestTag", CONTROLLER_TAG, "false", "Null"))),
        ),
        unknown=(
            one("a service that AWS does not list", allow("quantumfridge:DefrostEverything", "*")),
            one("an action that AWS does not list", allow("ec2:FrobnicateInstances", "*")),
            one("the condition on a change", allow("ec2:TerminateInstances", "*", Condition=U)),
            one("the tag's value", allow("ec2:TerminateInstances", "*", **tagged("ResourceTag", "team", U))),
        ),
    ),
    "iam-star-resource-tagged": Examples(
        passes=(LOAD_BALANCER_CONTROLLER, EBS_DRIVER, KARPENTER),
        fails=(
            one("permissions of a snapshot by tag", allow("ec2:ModifySnapshotAttribute", "*", **tagged("ResourceTag", "team", "llm"))),
            one("objects by their tag", allow("s3:GetObject", "*", Condition={"StringEquals": {"s3:ExistingObjectTag/team": "llm"}})),
            one("keys by their alias", allow("kms:Decrypt", "*", Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/llm"}})),
            one("a shell in every container by tag", allow("ecs:ExecuteCommand", "*", **tagged("ResourceTag", "team", "llm"))),
        ),
    ),
}  # fmt: skip
