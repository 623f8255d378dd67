"""Object ownership of S3 buckets."""

from rehearsal.aws.types.s3.shared import bucket_setting

TYPE = bucket_setting("BucketOwnershipControls", "bucket_ownership_controls", "OwnershipControls", "OwnershipControls")
