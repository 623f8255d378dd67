"""Access logs of S3 buckets."""

from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.shapes import to_params
from rehearsal.aws.types.s3.shared import bucket_setting
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties


class BucketLoggingHandler(ResourceHandler):
    """Access logs; none is an empty status."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the bucket and the target of its logs."""
        shape = context.aws.model("s3", "put_bucket_logging").input_shape
        inner = {key: value for key, value in inputs.items() if key in {"targetBucket", "targetPrefix", "targetGrants"}}
        if shape is None:
            raise ProviderError("put_bucket_logging takes no input")
        enabled = shape.members["BucketLoggingStatus"].members["LoggingEnabled"]  # type: ignore[attr-defined]
        status = {"LoggingEnabled": to_params(enabled, inner, {}, "BucketLogging")}
        return {"Bucket": inputs["bucket"], "BucketLoggingStatus": status}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Set it to none."""
        context.call("s3", "put_bucket_logging", Bucket=resource_id, BucketLoggingStatus={})


TYPE = bucket_setting("BucketLogging", "bucket_logging", "", "LoggingEnabled", handler=BucketLoggingHandler)
