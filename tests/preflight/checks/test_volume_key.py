"""The key that EBS encrypts volumes with."""

import json
from typing import Any

import pytest

from preflight.checks.volume_key import check
from preflight.cloud import DeniedError
from preflight.finding import Finding
from tests.preflight.fakes import SYSTEM, Answer, FakeCloud, burst, subject

KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
THROUGH_EC2 = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["kms:Decrypt", "kms:CreateGrant"],
    "Resource": "*",
    "Condition": {
        "StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333"}
    },
}


def found(*statements: Any, manager: str = "CUSTOMER", **answers: Answer) -> list[Finding]:
    """Findings on a key that the account has chosen, with the statements of its policy."""
    chosen: dict[str, Answer] = {
        "get_ebs_default_kms_key_id": {"KmsKeyId": KEY},
        "describe_key": {"KeyMetadata": {"Arn": KEY, "KeyManager": manager}},
        "get_key_policy": {"Policy": json.dumps({"Statement": list(statements)})},
    }
    return list(check(subject(SYSTEM, burst("spot")), FakeCloud(**{**chosen, **answers})))


def test_the_key_of_aws_is_good() -> None:
    assert found(get_ebs_default_kms_key_id={"KmsKeyId": "alias/aws/ebs"}) == []
    assert found(ROOT, manager="AWS") == []


def test_a_key_that_admits_whoever_may_use_ebs_is_good() -> None:
    assert found(ROOT, THROUGH_EC2) == []


@pytest.mark.parametrize(
    "statement",
    [
        ROOT,
        {**THROUGH_EC2, "Effect": "Deny"},
        {**THROUGH_EC2, "Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}},
        {**THROUGH_EC2, "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}},
    ],
)
def test_another_key_is_warned_of(statement: Any) -> None:
    (one,) = found(statement)
    assert (one.level, one.where) == ("warning", "volumes")
    assert KEY in one.message
    assert "AWSServiceRoleForAutoScaling, Karpenter's role, the EBS driver's role" in one.message


def test_a_policy_that_cannot_be_read_is_said() -> None:
    (one,) = found(get_key_policy=DeniedError("kms:GetKeyPolicy"))
    assert "cannot be read (the caller may not kms:GetKeyPolicy)" in one.message


def test_a_team_stack_has_no_volumes_of_nodes() -> None:
    cloud = FakeCloud()
    assert list(check(subject(cluster=None), cloud)) == []
    assert cloud.asked == []
