import json

import pulumi

from components.cluster.addons.load_balancer_policy import load_balancer_policy
from tests.harness import deploy

INLINE_LIMIT = 10_240


def rendered(partition: str) -> str:
    run = deploy(lambda: pulumi.export("policy", load_balancer_policy(partition).json))
    assert run.error is None
    return str(run.exports["policy"])


def test_every_wildcard_has_a_written_reason():
    reasons: dict[str, str | None] = {}

    def program() -> None:
        reasons.update({one.sid: one.because for one in load_balancer_policy("aws").statements})

    assert deploy(program).error is None
    assert reasons
    assert all(reasons.values())


def test_it_fits_into_an_inline_policy():
    assert len("".join(rendered("aws").split())) <= INLINE_LIMIT


def test_the_partition_is_the_one_looked_up():
    assert "arn:aws-us-gov:elasticloadbalancing" in rendered("aws-us-gov")
    assert "arn:aws:" not in rendered("aws-us-gov")


def test_it_says_what_network_load_balancers_take():
    actions = {action for statement in json.loads(rendered("aws"))["Statement"] for action in statement["Action"]}
    assert {
        "ec2:CreateSecurityGroup",
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:CreateListener",
        "elasticloadbalancing:RegisterTargets",
        "elasticloadbalancing:DescribeTargetHealth",
    } <= actions


def test_it_changes_only_load_balancers_of_its_own():
    statements = {one["Sid"]: one for one in json.loads(rendered("aws"))["Statement"]}
    own = {"Null": {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}}
    assert statements["ChangeOwnLoadBalancer"]["Condition"] == own
    assert statements["ChangeOwnSecurityGroup"]["Condition"] == own
