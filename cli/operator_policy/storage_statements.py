"""Statements on what keeps data: KMS keys, the bucket of weights, log groups, and Pulumi's state."""

from collections.abc import Iterator

from cli.operator_policy.statement import NEW_TAG, OWN, Allowed, Place, actions_of
from settings.models.base import NAMESPACE


def storage_statements(place: Place) -> Iterator[Allowed]:
    """Statements on the platform's keys, bucket and log groups."""
    yield Allowed(
        sid="MakeKeys",
        actions=actions_of("kms", "CreateKey TagResource"),
        resources=["*"],
        conditions={"StringEquals": {NEW_TAG: NAMESPACE, "aws:RequestedRegion": place.region}},
        because="a new key has no id yet, and KMS checks its first tags like later ones",
    )
    keys = [place.arn("kms", "key/*")]
    yield Allowed(
        sid="UseKeys",
        actions=actions_of(
            "kms",
            # TagResource here too: the AWS provider sends changed tags only, which leaves out `project`.
            "CreateGrant DisableKeyRotation PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource "
            "UpdateKeyDescription",
        ),
        resources=keys,
        conditions=OWN,
        because="KMS makes the ids; the tag says whose it is",
    )
    yield Allowed(
        sid="UseNewKeys",
        actions=actions_of("kms", "DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
        resources=keys,
        because="called seconds after a key is made, when its tags may not count yet; these read, or turn rotation on",
    )
    yield Allowed(
        sid="LendKeys",
        actions=["kms:CreateGrant"],
        resources=keys,
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        because="EKS uses a key minutes after it is made, when its tags may not count yet; only AWS services may ask",
    )
    bucket = f"arn:{place.partition}:s3:::models-*"
    random = "Pulumi ends the name with random digits, and names of buckets are of the whole world"
    yield Allowed(
        sid="UseBucket",
        actions=actions_of(
            "s3",
            "CreateBucket DeleteBucket DeleteBucketPolicy GetAccelerateConfiguration GetBucketAcl GetBucketCORS "
            "GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls "
            "GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning "
            "GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration "
            "ListBucket ListBucketVersions ListTagsForResource PutBucketOwnershipControls PutBucketPolicy "
            "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration "
            "PutLifecycleConfiguration TagResource UntagResource",
        ),
        resources=[bucket],
        because=random,
    )
    yield Allowed(
        sid="EmptyBucket",
        actions=actions_of("s3", "DeleteObject DeleteObjectVersion"),
        resources=[f"{bucket}/*"],
        because=f"{random}; a bucket that is not retained is emptied when the stack is destroyed",
    )
    yield Allowed(
        sid="UseLogGroups",
        actions=actions_of(
            "logs",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy TagResource "
            "UntagResource",
        ),
        resources=[place.arn("logs", f"log-group:{name}") for name in ("/aws/eks/llm-*", "llm-flow-logs-*")],
        because="one group a cluster, llm-STACK; Pulumi ends the other's name with random digits",
    )


def state_statements(place: Place, bucket: str = "STATE-BUCKET", key: str = "STATE-KEY") -> list[Allowed]:
    """What Pulumi needs of a state bucket and of the KMS key of the secrets provider; optional.

    Args:
        place: where the policy holds.
        bucket: name of the bucket.
        key: id of the key.
    """
    arn = f"arn:{place.partition}:s3:::{bucket}"
    return [
        Allowed(sid="ListState", actions=["s3:ListBucket"], resources=[arn], because="one bucket"),
        Allowed(
            sid="UseState",
            actions=actions_of("s3", "DeleteObject GetObject PutObject"),
            resources=[f"{arn}/*"],
            because="Pulumi keeps checkpoints, their history and locks below .pulumi/",
        ),
        Allowed(
            sid="UseSecrets",
            actions=actions_of("kms", "Decrypt Encrypt GenerateDataKey"),
            resources=[place.arn("kms", f"key/{key}")],
            because="one key: Encrypt and Decrypt for the secrets provider, GenerateDataKey where it also encrypts the bucket",
        ),
    ]
