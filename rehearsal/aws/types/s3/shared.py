"""Settings of S3 buckets."""

from rehearsal.aws.resource_type import ResourceType
from rehearsal.aws.spec import Lookup

_BUCKET = {"Bucket": "{bucket}"}


def bucket_setting(noun: str, operation: str, body: str, path: str, delete: str = "", **more: object) -> ResourceType:
    """Return the type of a setting of a bucket, which one operation sets as a whole; its id is the bucket's name."""
    kind = noun[0].lower() + noun[1:]
    return ResourceType(
        token=f"aws:s3/{kind}:{noun}",
        service="s3",
        create=f"put_{operation}",
        put=True,
        id="{bucket}",
        top=frozenset({"bucket"}),
        body=body,
        read=Lookup(operation=f"get_{operation}", arguments=_BUCKET, path=path),
        delete=(delete or f"delete_{operation}", _BUCKET),
        replace=frozenset({"bucket", "expectedBucketOwner"}),
        skip=frozenset({"expectedBucketOwner", "skipDestroy"}),
        **more,  # type: ignore[arg-type]
    )
