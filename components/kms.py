"""KMS keys that encrypt what the platform keeps, and who may use them."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.iam import PolicyDocument, Statement

DELETION_DAYS = 30
"""Days in which a deletion can be cancelled: the longest that KMS takes, as data without its key is lost."""
THIS_KEY = "in the policy of a key, * is the key itself"
_ACCOUNT_ACTIONS = (
    "CancelKeyDeletion CreateAlias CreateGrant Decrypt DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey "
    "EnableKeyRotation Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GetKeyPolicy GetKeyRotationStatus ListGrants ListKeyPolicies "
    "ListResourceTags PutKeyPolicy ReEncryptFrom ReEncryptTo RevokeGrant ScheduleKeyDeletion TagResource UntagResource "
    "UpdateAlias UpdateKeyDescription"
)

_LOGS_USE = "Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the stack is deployed."""

    partition: pulumi.Input[str]
    """AWS partition (aws, aws-us-gov, aws-cn)."""
    account: pulumi.Input[str]
    """Number of the account."""
    region: str
    """Region, such as ``us-east-1``."""


def encryption_key(
    name: str, description: str, opts: pulumi.ResourceOptions, policy: PolicyDocument | None = None
) -> aws.kms.Key:
    """Make a key that KMS rotates every year; without a policy, IAM policies of the account alone decide who uses it."""
    return aws.kms.Key(
        name,
        description=description,
        enable_key_rotation=True,
        deletion_window_in_days=DELETION_DAYS,
        policy=policy.json if policy else None,
        opts=opts,
    )


def account_decides(partition: pulumi.Input[str], account: pulumi.Input[str]) -> Statement:
    """Let the account's IAM policies decide, as KMS's own default policy does: without it, no principal may change the key.

    The default policy has ``kms:*``. These are the actions of a symmetric key that the account itself uses.
    """
    return Statement(
        sid="AccountDecides",
        actions=[f"kms:{action}" for action in _ACCOUNT_ACTIONS.split()],
        principals={"AWS": pulumi.Output.concat("arn:", partition, ":iam::", account, ":root")},
        resources=["*"],
        because=THIS_KEY,
    )


def logs_may_encrypt(place: Place, prefix: str) -> Statement:
    """Let CloudWatch Logs use a key for log groups whose names begin with a prefix.

    Actions and condition are those of the CloudWatch Logs User Guide, "Encrypt log data using AWS KMS".
    """
    groups = pulumi.Output.concat(
        "arn:", place.partition, ":logs:", place.region, ":", place.account, ":log-group:", prefix, "*"
    )
    return Statement(
        sid="EncryptLogs",
        actions=[f"kms:{action}" for action in _LOGS_USE.split()],
        principals={"Service": f"logs.{place.region}.amazonaws.com"},
        resources=["*"],
        conditions=groups.apply(lambda arn: {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}}),
        because=THIS_KEY,
    )
