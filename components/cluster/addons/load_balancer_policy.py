"""IAM policy of the AWS Load Balancer Controller.

The statements are those of the policy published with controller v2.14 (docs/install/iam_policy.json of
kubernetes-sigs/aws-load-balancer-controller), with the partition from a look-up and a reason for each wildcard. AWS
decides on most of these actions by tags alone: the controller tags what it makes with its cluster.
"""

from collections.abc import Mapping

import pulumi

from components.iam import PolicyDocument, Statement

TAG = "elbv2.k8s.aws/cluster"
OURS = {f"aws:ResourceTag/{TAG}": "false"}
MADE_FOR_US = {f"aws:RequestTag/{TAG}": "false"}
KEEPS_TAG = {f"aws:RequestTag/{TAG}": "true", f"aws:ResourceTag/{TAG}": "false"}
NO_RESOURCE = "the Describe, List and Get actions take no resource, or must see all to find the cluster's own"
BY_TAG = "names are generated; the condition admits only what carries the controller's tag"
NEW = "what is created has no name yet; the condition demands the controller's tag on it"
UNTAGGED = "listeners and rules of the classic names carry no tags; the published policy admits all"


def load_balancer_policy(partition: pulumi.Input[str]) -> PolicyDocument:
    """The controller's permissions in ``partition`` (aws, aws-us-gov, aws-cn)."""
    return PolicyDocument([*_reading(), *_security_groups(partition), *_load_balancers(partition)])


def _arns(partition: pulumi.Input[str], service: str, *names: str) -> list[pulumi.Output[str]]:
    return [pulumi.Output.concat("arn:", partition, f":{service}:*:*:{name}") for name in names]


def _when_null(keys: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    return {"Null": keys}


def _reading() -> list[Statement]:
    return [
        Statement(
            sid="CreateServiceLinkedRole",
            actions=["iam:CreateServiceLinkedRole"],
            resources=["*"],
            conditions={"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
            because="the role's name is AWS's own; the condition admits that of Elastic Load Balancing only",
        ),
        Statement(
            sid="DescribeNetwork",
            actions=[
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAddresses",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInternetGateways",
                "ec2:DescribeVpcs",
                "ec2:DescribeVpcPeeringConnections",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeTags",
                "ec2:DescribeIpamPools",
                "ec2:DescribeRouteTables",
                "ec2:DescribeCoipPools",
                "ec2:GetCoipPoolUsage",
                "ec2:GetSecurityGroupsForVpc",
            ],
            resources=["*"],
            because=NO_RESOURCE,
        ),
        Statement(
            sid="DescribeLoadBalancers",
            actions=[
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeListenerCertificates",
                "elasticloadbalancing:DescribeSSLPolicies",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetHealth",
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTrustStores",
                "elasticloadbalancing:DescribeCapacityReservation",
            ],
            resources=["*"],
            because=NO_RESOURCE,
        ),
        Statement(
            sid="UseCertificatesAndFirewalls",
            actions=[
                "cognito-idp:DescribeUserPoolClient",
                "acm:ListCertificates",
                "acm:DescribeCertificate",
                "iam:ListServerCertificates",
                "iam:GetServerCertificate",
                "waf-regional:GetWebACL",
                "waf-regional:GetWebACLForResource",
                "waf-regional:AssociateWebACL",
                "waf-regional:DisassociateWebACL",
                "wafv2:GetWebACL",
                "wafv2:GetWebACLForResource",
                "wafv2:AssociateWebACL",
                "wafv2:DisassociateWebACL",
                "shield:GetSubscriptionState",
                "shield:DescribeProtection",
                "shield:CreateProtection",
                "shield:DeleteProtection",
            ],
            resources=["*"],
            because="these belong to the account, and Kubernetes objects name them by ARN",
        ),
    ]


def _security_groups(partition: pulumi.Input[str]) -> list[Statement]:
    group = _arns(partition, "ec2", "security-group/*")
    return [
        Statement(
            sid="OpenNodePorts",
            actions=["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"],
            resources=["*"],
            because="the nodes' security groups are EKS's own and do not carry the controller's tag",
        ),
        Statement(
            sid="CreateSecurityGroup",
            actions=["ec2:CreateSecurityGroup"],
            resources=["*"],
            because="the action also names the VPC; tags are demanded by TagNewSecurityGroup",
        ),
        Statement(
            sid="TagNewSecurityGroup",
            actions=["ec2:CreateTags"],
            resources=group,
            conditions={"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}, **_when_null(MADE_FOR_US)},
            because=NEW,
        ),
        Statement(
            sid="TagOwnSecurityGroup",
            actions=["ec2:CreateTags", "ec2:DeleteTags"],
            resources=group,
            conditions=_when_null(KEEPS_TAG),
            because=BY_TAG,
        ),
        Statement(
            sid="ChangeOwnSecurityGroup",
            actions=[
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:DeleteSecurityGroup",
            ],
            resources=["*"],
            conditions=_when_null(OURS),
            because=BY_TAG,
        ),
    ]


def _load_balancers(partition: pulumi.Input[str]) -> list[Statement]:
    balancers = _arns(
        partition, "elasticloadbalancing", "targetgroup/*/*", "loadbalancer/net/*/*", "loadbalancer/app/*/*"
    )
    listeners = _arns(
        partition,
        "elasticloadbalancing",
        "listener/net/*/*/*",
        "listener/app/*/*/*",
        "listener-rule/net/*/*/*",
        "listener-rule/app/*/*/*",
    )
    return [
        Statement(
            sid="CreateLoadBalancer",
            actions=["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"],
            resources=["*"],
            conditions=_when_null(MADE_FOR_US),
            because=NEW,
        ),
        Statement(
            sid="ChangeListeners",
            actions=[
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:CreateRule",
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:SetWebAcl",
                "elasticloadbalancing:ModifyListener",
                "elasticloadbalancing:AddListenerCertificates",
                "elasticloadbalancing:RemoveListenerCertificates",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:SetRulePriorities",
            ],
            resources=["*"],
            because=UNTAGGED,
        ),
        Statement(
            sid="TagNewLoadBalancer",
            actions=["elasticloadbalancing:AddTags"],
            resources=balancers,
            conditions={
                "StringEquals": {"elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"]},
                **_when_null(MADE_FOR_US),
            },
            because=NEW,
        ),
        Statement(
            sid="TagOwnLoadBalancer",
            actions=["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
            resources=balancers,
            conditions=_when_null(KEEPS_TAG),
            because=BY_TAG,
        ),
        Statement(
            sid="TagListeners",
            actions=["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
            resources=listeners,
            because=UNTAGGED,
        ),
        Statement(
            sid="ChangeOwnLoadBalancer",
            actions=[
                "elasticloadbalancing:ModifyLoadBalancerAttributes",
                "elasticloadbalancing:SetIpAddressType",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets",
                "elasticloadbalancing:DeleteLoadBalancer",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes",
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:ModifyListenerAttributes",
                "elasticloadbalancing:ModifyCapacityReservation",
                "elasticloadbalancing:ModifyIpPools",
            ],
            resources=["*"],
            conditions=_when_null(OURS),
            because=BY_TAG,
        ),
        Statement(
            sid="RegisterPods",
            actions=["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
            resources=_arns(partition, "elasticloadbalancing", "targetgroup/*/*"),
            because="target groups get generated names, and their registration cannot be limited by tag",
        ),
    ]
