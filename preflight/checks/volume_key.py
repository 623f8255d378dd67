"""The key that EBS encrypts volumes with where none is named, as for the volumes of nodes and of pods here.

It is AWS's own unless the account has chosen one. The policy of a chosen one must let those use it who launch nodes and make volumes,
or instances end at once with Client.InternalError and node groups are CREATE_FAILED (EC2 Auto Scaling User Guide, "Required AWS KMS
key policy for use with encrypted volumes"; Karpenter's "Troubleshooting", "Node terminates before ready on failed encrypted EBS
volume"; aws/karpenter-provider-aws#1407).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from preflight.cloud import Cloud, CloudError
from preflight.finding import Finding, warning
from preflight.subject import Subject

AWS_KEY = "alias/aws/ebs"


def check(subject: Subject, cloud: Cloud) -> Iterator[Finding]:
    """Warn of a chosen key whose policy does not admit every principal of the account through EC2."""
    if subject.cluster is None:
        return
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
