"""S3 buckets."""

import re
from typing import Any

from rehearsal.aws.client import AwsError
from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _bucket_name(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the name by AWS's rules."""
    name = text_of(inputs.get("bucket"))
    if name is None:
        return []
    wrong = not _BUCKET.fullmatch(name) or ".." in name or name.startswith("xn--") or name.endswith("-s3alias")
    if wrong or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        return [("bucket", f"{name}: 3 to 63 lower-case letters, digits, dots and hyphens, not an address")]
    return []


class BucketHandler(ResourceHandler):
    """A bucket; its deletion can have to empty it first."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the name, and outside us-east-1 the region."""
        params: dict[str, Any] = {"Bucket": inputs["bucket"]}
        if context.region != "us-east-1":
            params["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
        if inputs.get("objectLockEnabled"):
            params["ObjectLockEnabledForBucket"] = True
        return params

    def create(self, context: ResourceContext, inputs: Properties) -> str:
        """Create it, unless it exists: moto lets the owner of a bucket create it twice in us-east-1."""
        started = context.records.started(inputs["bucket"], context.token)
        if not started and super().read(context, inputs["bucket"], inputs) is not None:
            raise ProviderError(f"CreateBucket: BucketAlreadyOwnedByYou: {inputs['bucket']} exists already")
        # A bucket that a killed run created must not be taken for that of another stack.
        context.records.start(inputs["bucket"], context.token)
        return super().create(context, inputs)

    def read(self, context: ResourceContext, resource_id: str, properties: Properties) -> Any:
        """Return an empty map if the bucket exists: its response has no content."""
        return None if super().read(context, resource_id, properties) is None else {}

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it, with ``forceDestroy`` with everything in it."""
        if inputs.get("forceDestroy"):
            empty_bucket(context, resource_id)
        super().delete(context, resource_id, inputs, outputs)
        context.records.end(resource_id)


def empty_bucket(context: ResourceContext, bucket: str) -> None:
    """Delete every version of every object, after the bucket's policy, which moto would apply without an error."""
    context.call("s3", "delete_bucket_policy", Bucket=bucket)
    while True:
        page = context.aws.call("s3", context.region, "list_object_versions", {"Bucket": bucket})
        objects = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if not objects:
            return
        answer = context.aws.call(
            "s3", context.region, "delete_objects", {"Bucket": bucket, "Delete": {"Objects": objects}}
        )
        for failed in answer.get("Errors", []):
            raise AwsError("DeleteObjects", failed.get("Code", ""), failed.get("Message", failed.get("Key", "")))


TYPE = ResourceType(
    token="aws:s3/bucket:Bucket",
    service="s3",
    create="create_bucket",
    id="{bucket}",
    read=Lookup(operation="head_bucket", arguments={"Bucket": "{id}"}),
    delete=("delete_bucket", {"Bucket": "{id}"}),
    skip=frozenset({"forceDestroy", "bucketPrefix", "objectLockEnabled"}),
    replace=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
    tags=TagCalls(
        add="put_bucket_tagging",
        arguments={"Bucket": "{id}"},
        added="Tagging.TagSet",
        read=Lookup(operation="get_bucket_tagging", arguments={"Bucket": "{id}"}, path="TagSet"),
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
    empty={
        "accelerationStatus": "",
        "acl": "",
        "bucketNamespace": "global",
        "bucketPrefix": "",
        "corsRules": [],
        "grants": [],
        "lifecycleRules": [],
        "policy": "",
        "requestPayer": "BucketOwner",
        "websiteDomain": "",
        "websiteEndpoint": "",
    },
    checks=(_bucket_name,),
    handler=BucketHandler,
)
