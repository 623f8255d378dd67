"""The bucket of weights, datasets, checkpoints, outputs and logs."""

from dataclasses import dataclass
from typing import Self, get_args

import pulumi
import pulumi_aws as aws

from components.iam import PolicyDocument, Statement, tls_only
from components.kms import encryption_key
from components.storage.bucket_access import BucketAccess
from settings.derived.bucket_prefixes import COMPILE_CACHE, GATEWAY, RESPONSES
from settings.derived.gateway.names import auditor_role, delivery_role
from settings.derived.naming import label_value
from settings.models.bucket import BucketArea, BucketSettings, LifecycleRule
from settings.models.stack import PlatformSettings

UNFINISHED_UPLOAD_DAYS = 7
REMOVED_CACHE_DAYS = 1
"""Days that an archive of compiled code is kept which was removed: it can be made again."""


@dataclass(frozen=True, kw_only=True)
class ResponseLogs:
    """Prompts and answers of those who agreed, in the bucket."""

    stack: str
    """The stack, which is in the names of the two roles that the prefix is for."""
    retention_days: int
    """Days that they are kept."""


@dataclass(frozen=True, kw_only=True)
class ModelBucketArgs:
    """Arguments of :class:`ModelBucket`."""

    bucket: BucketSettings
    """Whether it outlives the stack, and what happens to old objects."""
    protect: bool = False
    """Refuse every plan that deletes or replaces the bucket or its key."""
    gateway: bool = False
    """Whether a gateway keeps its archive and its usage in it."""
    response_logs: ResponseLogs | None = None
    """Response logs that a gateway keeps in it; None for none."""

    @classmethod
    def of(cls, settings: PlatformSettings) -> Self:
        """Arguments of a stack's bucket."""
        gateway = settings.gateway
        logs = gateway.response_logs if gateway else None
        return cls(
            bucket=settings.bucket,
            protect=settings.protect,
            gateway=gateway is not None,
            response_logs=ResponseLogs(stack=label_value(pulumi.get_stack()), retention_days=logs.retention_days)
            if logs
            else None,
        )


class ModelBucket(pulumi.ComponentResource):
    """A versioned, encrypted, private S3 bucket with one prefix for each kind of content."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""
    key_arn: pulumi.Output[str]
    """ARN of the KMS key that encrypts its objects."""

    def __init__(self, name: str, args: ModelBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bucket ``name``."""
        super().__init__("llm:storage:ModelBucket", name, None, opts)
        # protect is set on bucket and key alone: inherited, it would also block every change of the other children.
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.bucket.retain)
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=args.bucket.retain)
        key = encryption_key(name, f"Encrypts the objects of bucket {name}", kept)
        bucket = aws.s3.Bucket(name, force_destroy=not (args.bucket.retain or args.protect), opts=kept)
        self.bucket_name, self.bucket_arn, self.key_arn = bucket.bucket, bucket.arn, key.arn
        self._access = BucketAccess(bucket_arn=bucket.arn, key_arn=key.arn)
        _encryption(name, bucket, key, child)
        _private(name, bucket, args, child)
        _versions(name, bucket, args, child)
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn, "key_arn": self.key_arn})

    def grant_read(self, prefix: str) -> list[Statement]:
        """Statements that let a role list and read objects below ``prefix``."""
        return self._access.read(prefix)

    def grant_write(self, prefix: str) -> list[Statement]:
        """Statements that let a role read and write objects below ``prefix``."""
        return self._access.write(prefix)


def _encryption(
    name: str, bucket: aws.s3.Bucket, key: aws.kms.Key, child: pulumi.ResourceOptions
) -> aws.s3.BucketServerSideEncryptionConfiguration:
    """Every object is encrypted with the key; the bucket key saves requests to KMS."""
    return aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="aws:kms", kms_master_key_id=key.arn
                ),
                bucket_key_enabled=True,
            )
        ],
        opts=child,
    )


def _private(
    name: str, bucket: aws.s3.Bucket, args: ModelBucketArgs, child: pulumi.ResourceOptions
) -> aws.s3.BucketPolicy:
    """No ACLs, no public access, TLS only; response logs for their two roles only."""
    aws.s3.BucketOwnershipControls(
        name,
        bucket=bucket.bucket,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=child,
    )
    block = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    statements = [tls_only("s3:*", [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")])]
    if args.response_logs:
        statements += _logs_of_responses(bucket, args.response_logs.stack)
    # S3 answers OperationAborted when a policy and a public access block are put at the same moment.
    return aws.s3.BucketPolicy(
        name,
        bucket=bucket.bucket,
        policy=PolicyDocument(statements).json,
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[block])),
    )


def _logs_of_responses(bucket: aws.s3.Bucket, stack: str) -> list[Statement]:
    """Refuse to read response logs, and to put any, but by the roles made for it; administrators of the account too."""

    def refuse(sid: str, actions: list[str], role: str) -> Statement:
        return Statement(
            sid=sid,
            effect="Deny",
            actions=actions,
            principals={"*": "*"},
            resources=[pulumi.Output.concat(bucket.arn, f"/{RESPONSES}/*")],
            # By name: bucket and policy are there before the roles are.
            conditions={"ArnNotLike": {"aws:PrincipalArn": f"arn:*:iam::*:role/{role}"}},
        )

    return [
        refuse("AuditorReadsResponses", ["s3:GetObject", "s3:GetObjectVersion"], auditor_role(stack)),
        refuse("FirehosePutsResponses", ["s3:PutObject"], delivery_role(stack)),
    ]


def _versions(
    name: str, bucket: aws.s3.Bucket, args: ModelBucketArgs, child: pulumi.ResourceOptions
) -> aws.s3.BucketLifecycleConfiguration:
    """Objects keep their old versions, for as long as the lifecycle of their prefix states."""
    versioning = aws.s3.BucketVersioning(
        name,
        bucket=bucket.bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=child,
    )
    areas: tuple[BucketArea, ...] = get_args(BucketArea)
    rules: dict[str, LifecycleRule] = {area: args.bucket.lifecycle.get(area, LifecycleRule()) for area in areas}
    # Archives are never overwritten: an old version is one that was removed.
    rules |= {COMPILE_CACHE: LifecycleRule(noncurrent_days=REMOVED_CACHE_DAYS)}
    if args.gateway:
        # Its CSVs are written again every six hours. Nothing current expires: pods start with the archive.
        rules |= {GATEWAY: LifecycleRule()}
    if args.response_logs:
        # Of two rules for one object S3 takes the earlier end; a version that has ended goes a day later.
        rules |= {RESPONSES: LifecycleRule(expire_days=args.response_logs.retention_days, noncurrent_days=1)}
    return aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.bucket,
        rules=[_lifecycle_rule(area, rule) for area, rule in rules.items()],
        # Rules about old versions mean nothing before the bucket keeps any.
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versioning])),
    )


def _lifecycle_rule(area: str, rule: LifecycleRule) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=area,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=f"{area}/"),
        # S3 takes days or the removal of delete markers, not both; expiring by days also removes them.
        expiration=expiration(days=rule.expire_days)
        if rule.expire_days
        else expiration(expired_object_delete_marker=True),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=rule.noncurrent_days
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=UNFINISHED_UPLOAD_DAYS
        ),
    )
