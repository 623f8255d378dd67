"""IAM actions of AWS operations.

Most are named alike: the service's IAM prefix, then the operation. The exceptions come from AWS's service authorization
reference; a test compares every result with it.
"""

_PREFIXES = {
    "amp": "aps",
    "elbv2": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "s3control": "s3",
    "service-quotas": "servicequotas",
    "stepfunctions": "states",
}
"""IAM's prefix where it is not boto3's name of the service."""
_NAMES = {
    "budgets": {
        "CreateBudget": "ModifyBudget",
        "DeleteBudget": "ModifyBudget",
        "DescribeBudget": "ViewBudget",
        "DescribeBudgets": "ViewBudget",
        "UpdateBudget": "ModifyBudget",
    },
    "s3": {
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketCors": "PutBucketCORS",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutBucketCors": "PutBucketCORS",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    },
}
"""Operations, by IAM's prefix of the service, whose action has another name.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
"""


def action_of(service: str, operation: str) -> str:
    """Return the IAM action of an operation.

    Args:
        service: as boto3 names it, such as ``elbv2``.
        operation: as AWS's API names it, such as ``CreateLoadBalancer``.
    """
    prefix = _PREFIXES.get(service, service)
    return f"{prefix}:{_NAMES.get(prefix, {}).get(operation, operation)}"
