"""The key that EBS encrypts volumes of nodes and of pods with: the one that the settings name, or the account's default.

The default is AWS's own unless the account has chosen one. The policy of a chosen one must let those use it who launch nodes and make volumes,
or instances end at once with Client.InternalError and node groups are CREATE_FAILED (EC2 Auto Scaling User Guide, "Required AWS KMS
key policy for use with encrypted volumes"; Karpenter's "Troubleshooting", "Node terminates before ready on failed encrypted EBS
volume"; aws/karpenter-provider-aws#1407).
"""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from typing import Any

from preflight.cloud import Cloud, CloudError, GoneError
from preflight.finding import Finding, refusal, warning
from preflight.subject import Subject

AWS_KEY = "alias/aws/ebs"
SETTING = "cluster.volume_key"
SCALING_ROLE = "AWSServiceRoleForAutoScaling"
NEEDED = tuple(
    f"kms:{action}"
    for action in (
        "CreateGrant",
        "ListGrants",
        "RevokeGrant",
        "Decrypt",
        "DescribeKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    )
)
"""What the operator needs for the grant, and what the stack's roles need for volumes."""


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Refuse a named key that EBS cannot use; warn of a key whose policy does not admit who makes volumes."""
    if subject.cluster is None:
        return
    if subject.cluster.volume_key:
        yield from _named(subject.cluster.volume_key, cloud)
    else:
        yield from _of_account(subject, cloud)


def _named(key: str, cloud: Cloud) -> Iterator[Finding]:
    """The key of ``cluster.volume_key``, which the program grants to Auto Scaling's role and allows its own roles."""
    try:
        found = cloud.ask("kms", "describe_key", KeyId=key)["KeyMetadata"]
    except GoneError:
        yield refusal(SETTING, f"{key} does not exist")
        return
    reason = _unusable(found)
    if reason:
        yield refusal(SETTING, f"{key} {reason}")
        return
    try:
        cloud.ask("iam", "get_role", RoleName=SCALING_ROLE)
    except GoneError:
        yield refusal(
            SETTING,
            f"is granted to {SCALING_ROLE}, which launches node groups, and the account lacks it: `aws iam "
            "create-service-linked-role --aws-service-name autoscaling.amazonaws.com`, once an account",
        )
    account = str(cloud.ask("sts", "get_caller_identity")["Account"])
    if key.split(":")[4] != account:
        return  # GetKeyPolicy answers the key's own account alone
    policy = json.loads(cloud.ask("kms", "get_key_policy", KeyId=key, PolicyName="default")["Policy"])
    missing = [
        one for one in NEEDED if not any(_leaves_to_iam(each, account, one) for each in policy.get("Statement", ()))
    ]
    if missing:
        yield warning(
            SETTING,
            f"{key} has a policy that does not let IAM policies of the account decide on {', '.join(missing)}: add the statement of "
            f"KMS's default policy (kms:* for arn:...:iam::{account}:root), or name who deploys, Karpenter's role and the EBS "
            "driver's (docs/operations.md#a-key-of-your-own-for-volumes)",
        )


def _unusable(found: Mapping[str, Any]) -> str | None:
    """Why EBS cannot use a key; None if it can."""
    if found.get("KeyManager") == "AWS":
        return "is AWS's own, which is the default: omit the setting"
    if (found.get("KeySpec"), found.get("KeyUsage")) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        return (
            f"is {found.get('KeySpec')} for {found.get('KeyUsage')}, and EBS takes symmetric keys for encryption only"
        )
    if found.get("KeyState") != "Enabled":
        cancel = "`aws kms cancel-key-deletion`, then " if found.get("KeyState") == "PendingDeletion" else ""
        return f"is {found.get('KeyState')}: {cancel}`aws kms enable-key`, or name another"
    return None


def _leaves_to_iam(statement: Mapping[str, Any], account: str, action: str) -> bool:
    """Whether a statement lets IAM policies of the account decide on an action, as KMS's default policy does."""
    principal = statement.get("Principal")
    given = _list(principal.get("AWS", ())) if isinstance(principal, Mapping) else [principal]
    admitted = any(str(one) in ("*", account) or str(one).endswith(f":iam::{account}:root") for one in given)
    actions = [str(one).lower() for one in _list(statement.get("Action", ()))]
    return (
        statement.get("Effect") == "Allow"
        and admitted
        and not statement.get("Condition")
        and any(fnmatch.fnmatchcase(action.lower(), one) for one in actions)
    )


def _of_account(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """The account's default key, which is not the program's to grant."""
    key = str(cloud.ask("ec2", "get_ebs_default_kms_key_id")["KmsKeyId"])
    if key.endswith(AWS_KEY):
        return
    try:
        metadata = cloud.ask("kms", "describe_key", KeyId=key)["KeyMetadata"]
        policy = json.loads(cloud.ask("kms", "get_key_policy", KeyId=metadata["Arn"], PolicyName="default")["Policy"])
    except CloudError as problem:
        admitted, why = False, f"its policy cannot be read ({problem})"
    else:
        admitted = metadata.get("KeyManager") == "AWS" or any(_through_ec2(one) for one in policy.get("Statement", ()))
        why = "its policy does not admit every caller that may use EBS"
    if not admitted:
        roles = ["AWSServiceRoleForAutoScaling", "the EBS driver's role"]
        if any(pool.karpenter for pool in subject.pools.values()):
            roles.insert(1, "Karpenter's role")
        yield warning(
            "volumes",
            f"are encrypted with {key}, the default key of EBS in this account, and {why}: without a statement for "
            f"{', '.join(roles)} no node starts and no volume is made (docs/operations.md#a-key-of-your-own-for-volumes)",
        )


def _through_ec2(statement: Mapping[str, Any]) -> bool:
    """Whether a statement admits principals because they come through EC2, as the key ``aws/ebs`` does."""
    principal = statement.get("Principal")
    everybody = principal == "*" or (isinstance(principal, Mapping) and principal.get("AWS") in ("*", ["*"]))
    through = [one for keys in statement.get("Condition", {}).values() for one in _list(keys.get("kms:ViaService", ()))]
    return statement.get("Effect") == "Allow" and everybody and any(str(one).startswith("ec2.") for one in through)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
