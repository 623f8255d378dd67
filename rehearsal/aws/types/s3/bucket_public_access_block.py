"""Public access blocks of S3 buckets."""

from rehearsal.aws.types.s3.shared import bucket_setting

TYPE = bucket_setting(
    "BucketPublicAccessBlock",
    "public_access_block",
    "PublicAccessBlockConfiguration",
    "PublicAccessBlockConfiguration",
    defaults={
        "blockPublicAcls": False,
        "blockPublicPolicy": False,
        "ignorePublicAcls": False,
        "restrictPublicBuckets": False,
    },
)
