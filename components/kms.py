"""KMS keys that encrypt what the platform keeps."""

import pulumi
import pulumi_aws as aws

DELETION_DAYS = 30
"""Days in which a deletion can be cancelled: the longest that KMS takes, as data without its key is lost."""


def encryption_key(name: str, description: str, opts: pulumi.ResourceOptions) -> aws.kms.Key:
    """Make a key that KMS rotates every year."""
    return aws.kms.Key(
        name, description=description, enable_key_rotation=True, deletion_window_in_days=DELETION_DAYS, opts=opts
    )
