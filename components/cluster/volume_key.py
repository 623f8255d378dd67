"""The key that encrypts volumes of nodes and of pods, and who may use it.

A volume is encrypted with the rights of whoever makes it: the service-linked role of Auto Scaling for node groups, the
controller for Karpenter, the EBS driver for claims. Roles of the stack get a policy; the service-linked role, whose policy is
AWS's own, gets a grant.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.cluster.context import ClusterContext
from components.iam import Statement

SCALING_ROLE = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
"""The role with which Auto Scaling launches the instances of every group that names none, as those of EKS."""
GRANTED = (
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
)
"""What Auto Scaling needs (EC2 Auto Scaling User Guide, "Required AWS KMS key policy for use with encrypted volumes", whose example
for a key of another account is a grant of these)."""
_USED = ("Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")
"""What EBS asks for in the name of its caller (EBS User Guide, "Requirements for Amazon EBS encryption"); the driver's own
docs/install.md and the EKS User Guide, "Store Kubernetes volumes with Amazon EBS", have the same or more."""


def key_statements(keys: Sequence[str], region: str) -> list[Statement]:
    """Statements of a role that makes or attaches volumes of these keys: through EC2 only, and grants for AWS alone.

    Args:
        keys: ARNs; without any there is nothing to allow.
        region: AWS region.
    """
    if not keys:
        return []
    through = {"StringEquals": {"kms:ViaService": f"ec2.{region}.amazonaws.com"}}
    return [
        Statement(sid="UseVolumeKeys", actions=[f"kms:{one}" for one in _USED], resources=[*keys], conditions=through),
        Statement(
            sid="LendVolumeKeys",
            actions=["kms:CreateGrant"],
            resources=[*keys],
            conditions={**through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def scaling_grant(context: ClusterContext) -> aws.kms.Grant | None:
    """The grant by which Auto Scaling launches nodes with volumes of the key; None where the settings name no key.

    It waits for nothing, so it is minutes older than the first node group: a grant "might take up to five minutes" to hold
    everywhere (KMS Developer Guide, "Eventual consistency"). Another key is another grant, and the old one is revoked last.
    """
    key = context.args.cluster.volume_key
    if key is None:
        return None
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=context.parent)).account_id
    return aws.kms.Grant(
        context.named("volume-key"),
        key_id=key,
        grantee_principal=pulumi.Output.concat("arn:", context.partition, ":iam::", account, ":", SCALING_ROLE),
        operations=[*GRANTED],
        opts=pulumi.ResourceOptions(parent=context.parent),
    )
