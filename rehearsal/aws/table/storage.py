"""S3 and log groups."""

from rehearsal.aws import checks, policy_checks
from rehearsal.aws.kind import Kind, Read, Tags, Update
from rehearsal.aws.special import storage as special

_BUCKET = {"Bucket": "{bucket}"}


def _setting(noun: str, operation: str, body: str, path: str, delete: str = "", **more: object) -> Kind:
    """A setting of a bucket: one call sets it whole, its id is the bucket's name."""
    kind = noun[0].lower() + noun[1:]
    return Kind(
        token=f"aws:s3/{kind}:{noun}",
        service="s3",
        create=f"put_{operation}",
        put=True,
        id="{bucket}",
        top=frozenset({"bucket"}),
        body=body,
        read=Read(operation=f"get_{operation}", arguments=_BUCKET, path=path),
        delete=(delete or f"delete_{operation}", _BUCKET),
        replace=frozenset({"bucket", "expectedBucketOwner"}),
        skip=frozenset({"expectedBucketOwner", "skipDestroy"}),
        **more,  # type: ignore[arg-type]
    )


KINDS = (
    Kind(
        token="aws:s3/bucket:Bucket",
        service="s3",
        create="create_bucket",
        id="{bucket}",
        read=Read(operation="head_bucket", arguments={"Bucket": "{id}"}),
        delete=("delete_bucket", {"Bucket": "{id}"}),
        skip=frozenset({"forceDestroy", "bucketPrefix", "objectLockEnabled"}),
        replace=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
        tags=Tags(
            add="put_bucket_tagging",
            arguments={"Bucket": "{id}"},
            added="Tagging.TagSet",
            read=Read(operation="get_bucket_tagging", arguments={"Bucket": "{id}"}, path="TagSet"),
        ),
        name="bucket",
        name_length=63,
        outputs={
            "arn": "arn:{partition}:s3:::{id}",
            "bucketDomainName": "{id}.s3.{dns}",
            "bucketRegion": "{region}",
            "bucketRegionalDomainName": "{id}.s3.{region}.{dns}",
        },
        defaults={"forceDestroy": False, "objectLockEnabled": False},
        checks=(checks.bucket_name,),
        behaviour=special.Bucket,
    ),
    _setting(
        "BucketVersioning",
        "bucket_versioning",
        "",
        "",
        renames={"mfa": "MFA"},
        behaviour=special.Versioning,
        checks=(checks.versioning_status,),
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        "bucket_encryption",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfiguration",
    ),
    _setting(
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
    ),
    _setting("BucketOwnershipControls", "bucket_ownership_controls", "OwnershipControls", "OwnershipControls"),
    _setting(
        "BucketLifecycleConfiguration",
        "bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        "",
        delete="delete_bucket_lifecycle",
        checks=(checks.lifecycle_rules,),
        behaviour=special.Lifecycle,
    ),
    _setting(
        "BucketPolicy", "bucket_policy", "", "", checks=(policy_checks.bucket_policy,), behaviour=special.BucketPolicy
    ),
    _setting("BucketLogging", "bucket_logging", "", "LoggingEnabled", behaviour=special.Logging),
    Kind(
        token="aws:cloudwatch/logGroup:LogGroup",
        service="logs",
        create="create_log_group",
        id="{name}",
        read=Read(operation="describe_log_groups", arguments={"logGroupNamePrefix": "{id}"}, path="logGroups"),
        delete=("delete_log_group", {"logGroupName": "{id}"}),
        renames={"name": "logGroupName"},
        skip=frozenset({"skipDestroy", "namePrefix"}),
        # AWS can change the key in place; moto has no operation for it.
        replace=frozenset({"name", "namePrefix", "kmsKeyId", "logGroupClass"}),
        updates=(
            Update(
                properties=("retentionInDays",),
                operation="put_retention_policy",
                arguments={"logGroupName": "{id}"},
                on_create=True,
            ),
        ),
        tags=Tags(
            member="tags",
            form="map",
            add="tag_resource",
            remove="untag_resource",
            arguments={"resourceArn": "arn:{partition}:logs:{region}:{account}:log-group:{id}"},
            added="tags",
            removed="tagKeys",
            read=Read(
                operation="list_tags_for_resource",
                arguments={"resourceArn": "arn:{partition}:logs:{region}:{account}:log-group:{id}"},
                path="tags",
            ),
        ),
        name="name",
        name_length=512,
        outputs={"arn": "arn:{partition}:logs:{region}:{account}:log-group:{id}"},
        defaults={"retentionInDays": 0, "skipDestroy": False, "logGroupClass": "STANDARD"},
        checks=(checks.log_group,),
        behaviour=special.LogGroup,
    ),
)
