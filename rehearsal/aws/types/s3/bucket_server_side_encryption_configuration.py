"""Default encryption of S3 buckets."""

from rehearsal.aws.types.s3.shared import bucket_setting

TYPE = bucket_setting(
    "BucketServerSideEncryptionConfiguration",
    "bucket_encryption",
    "ServerSideEncryptionConfiguration",
    "ServerSideEncryptionConfiguration",
)
