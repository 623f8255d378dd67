"""The key that EBS encrypts volumes with."""

import json
from dataclasses import replace
from typing import Any

import pytest

from preflight.checks.volume_key import check
from preflight.cloud import DeniedError, GoneError
from preflight.finding import Finding
from tests.preflight.fakes import ACCOUNT, SYSTEM, Answer, FakeCloud, burst, subject

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


GOOD = {
    "Arn": KEY,
    "KeyManager": "CUSTOMER",
    "KeyState": "Enabled",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
}


def named(*statements: Any, key: str = KEY, metadata: Any = None, **answers: Answer) -> list[Finding]:
    """Findings on a key that the settings name, with the statements of its policy."""
    usual: dict[str, Answer] = {
        "describe_key": {"KeyMetadata": {**GOOD, **(metadata or {})}},
        "get_key_policy": {"Policy": json.dumps({"Statement": list(statements)})},
    }
    base = subject(SYSTEM)
    assert base.cluster
    with_key = replace(base, cluster=replace(base.cluster, volume_key=key))
    return list(check(with_key, FakeCloud(**{**usual, **answers})))


@pytest.mark.parametrize(
    "statement",
    [
        ROOT,
        {**ROOT, "Principal": {"AWS": [ACCOUNT, "arn:aws:iam::444455556666:root"]}},
        {**ROOT, "Action": ["kms:*Grant*", "kms:Decrypt", "kms:Describe*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]},
    ],
)
def test_a_named_key_that_leaves_it_to_iam_is_good(statement: Any) -> None:
    assert named(statement) == []


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [{**ROOT, "Effect": "Deny"}],
        [{**ROOT, "Principal": {"AWS": "arn:aws:iam::444455556666:root"}}],
        [{**ROOT, "Principal": {"Service": "logs.us-east-1.amazonaws.com"}}],
        [THROUGH_EC2],
        [{**ROOT, "Action": ["kms:Describe*", "kms:Get*", "kms:List*"]}],
    ],
)
def test_a_policy_that_does_not_is_warned_of(statements: list[Any]) -> None:
    (one,) = named(*statements)
    assert (one.level, one.where) == ("warning", "cluster.volume_key")
    assert "kms:CreateGrant" in one.message
    assert f"iam::{ACCOUNT}:root" in one.message


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"KeyState": "Disabled"}, "is Disabled: `aws kms enable-key`"),
        ({"KeyState": "PendingDeletion"}, "`aws kms cancel-key-deletion`, then"),
        ({"KeySpec": "RSA_4096"}, "EBS takes symmetric keys"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, "EBS takes symmetric keys"),
        ({"KeyManager": "AWS"}, "omit the setting"),
    ],
)
def test_a_named_key_that_ebs_cannot_use_ends_the_preview(metadata: dict[str, str], message: str) -> None:
    (one,) = named(ROOT, metadata=metadata)
    assert one.refuses
    assert (one.where, message in one.message) == ("cluster.volume_key", True)


def test_a_named_key_that_is_not_there_ends_the_preview() -> None:
    (one,) = named(ROOT, describe_key=GoneError("Key does not exist"))
    assert one.refuses
    assert "does not exist" in one.message


def test_without_auto_scalings_role_no_grant_can_be_made() -> None:
    (one,) = named(ROOT, get_role=GoneError("no role"))
    assert one.refuses
    assert "create-service-linked-role --aws-service-name autoscaling.amazonaws.com" in one.message


def test_the_policy_of_another_accounts_key_is_not_read() -> None:
    """GetKeyPolicy has no cross-account use (KMS API reference)."""
    foreign = KEY.replace(ACCOUNT, "444455556666")
    assert named(key=foreign, metadata={"Arn": foreign}, get_key_policy=DeniedError("kms:GetKeyPolicy")) == []
