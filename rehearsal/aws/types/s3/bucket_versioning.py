"""Versioning of S3 buckets."""

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import Failures
from rehearsal.aws.types.s3.shared import bucket_setting
from rehearsal.plugins.wire import Properties, Unknown


def _versioning_status(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the status."""
    given = inputs.get("versioningConfiguration")
    status = given.get("status") if isinstance(given, Mapping) else given
    if status in {"Enabled", "Suspended", "Disabled"} or isinstance(status, Unknown):
        return []
    return [("versioningConfiguration.status", f"{status} is not Enabled, Suspended or Disabled")]


class BucketVersioningHandler(ResourceHandler):
    """Versioning is never deleted, only suspended."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the bucket and its status."""
        status = inputs["versioningConfiguration"]["status"]
        return {"Bucket": inputs["bucket"], "VersioningConfiguration": {"Status": status}}

    def current_inputs(self, context: ResourceContext, resource_id: str, inputs: Properties, found: Any) -> Properties:
        """Return the inputs with the current status."""
        status = found.get("Status") or "Disabled"
        return {**inputs, "versioningConfiguration": {**inputs["versioningConfiguration"], "status": status}}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Suspend it."""
        suspended = {"Status": "Suspended"}
        context.call("s3", "put_bucket_versioning", Bucket=resource_id, VersioningConfiguration=suspended)


TYPE = bucket_setting(
    "BucketVersioning",
    "bucket_versioning",
    "",
    "",
    renames={"mfa": "MFA"},
    handler=BucketVersioningHandler,
    checks=(_versioning_status,),
)
