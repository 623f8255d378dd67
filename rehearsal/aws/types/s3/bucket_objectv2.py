"""Objects of S3 buckets whose content the program gives, as a file or a text."""

import base64
from pathlib import Path
from typing import Any

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.handler import ResourceHandler
from rehearsal.aws.resource_type import Failures, ResourceType
from rehearsal.aws.spec import Lookup, TagCalls
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Asset, Properties, Value, contains_unknown

_CONTENT = ("source", "content", "contentBase64")
# S3 refuses an object with more (docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html); the provider's default
# tags count.
_MOST_TAGS = 10


class BucketObjectHandler(ResourceHandler):
    """An object; a change writes it again, and its deletion removes all its versions."""

    def create_params(self, context: ResourceContext, inputs: Properties) -> dict[str, Any]:
        """Return the parameters, with the content."""
        return {**super().create_params(context, inputs), "Body": _content(inputs)}

    def update(
        self, context: ResourceContext, resource_id: str, old: Properties, new: Properties, outputs: Properties
    ) -> None:
        """Write it again unless only tags differ; what is written again has no tags."""
        had = old.get("tags")
        if {key: value for key, value in old.items() if key != "tags"} != {
            key: value for key, value in new.items() if key != "tags"
        }:
            context.call("s3", "put_object", **self.create_params(context, new))
            had = None
        super().update(context, resource_id, {**new, "tags": had}, new, outputs)

    def delete(self, context: ResourceContext, resource_id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete every version of it."""
        where = {"Bucket": inputs["bucket"], "Prefix": inputs["key"]}
        page = context.aws.call("s3", context.region, "list_object_versions", where)
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            if item["Key"] == inputs["key"]:
                context.call(
                    "s3", "delete_object", Bucket=inputs["bucket"], Key=item["Key"], VersionId=item["VersionId"]
                )


def _content(inputs: Properties) -> bytes:
    if inputs.get("contentBase64") is not None:
        return base64.b64decode(inputs["contentBase64"])
    source: Value = inputs.get("source")
    if source is None:
        return str(inputs.get("content") or "").encode()
    if not isinstance(source, Asset):
        raise ProviderError("BucketObjectv2: source is a FileAsset or a StringAsset")
    if source.archive or source.fields.get("uri"):
        raise ProviderError("BucketObjectv2: the rehearsal uploads a FileAsset or a StringAsset, no archive and no URI")
    if source.fields.get("text") is not None:
        return str(source.fields["text"]).encode()
    try:
        return Path(source.fields["path"]).read_bytes()
    except OSError as error:
        raise ProviderError(f"BucketObjectv2: source {source.fields['path']}: {error.strerror}") from error


def _one_content(_: ResourceContext, inputs: Properties) -> Failures:
    """Check that there is one content at most."""
    given = [key for key in _CONTENT if inputs.get(key) is not None and not contains_unknown(inputs[key])]
    return [(given[1], f"conflicts with {given[0]}")] if len(given) > 1 else []


def _few_tags(_: ResourceContext, inputs: Properties) -> Failures:
    """Check the number of tags, the provider's default tags among them."""
    tags = inputs.get("tags")
    number = len(tags) if isinstance(tags, dict) else 0
    return [("tags", f"{number} tags, and an S3 object has {_MOST_TAGS} at most")] if number > _MOST_TAGS else []


TYPE = ResourceType(
    token="aws:s3/bucketObjectv2:BucketObjectv2",
    service="s3",
    create="put_object",
    id="{bucket}/{key}",
    read=Lookup(operation="head_object", arguments={"Bucket": "{bucket}", "Key": "{key}"}),
    delete=("delete_object", {"Bucket": "{bucket}", "Key": "{key}"}),
    renames={"kmsKeyId": "SSEKMSKeyId"},
    skip=frozenset({*_CONTENT, "sourceHash", "forceDestroy", "etag", "overrideProvider"}),
    replace=frozenset({"bucket", "key"}),
    tags=TagCalls(
        add="put_object_tagging",
        arguments={"Bucket": "{bucket}", "Key": "{key}"},
        added="Tagging.TagSet",
        read=Lookup(operation="get_object_tagging", arguments={"Bucket": "{bucket}", "Key": "{key}"}, path="TagSet"),
    ),
    outputs={"arn": "arn:{partition}:s3:::{bucket}/{key}", "etag": "ETag", "versionId": "VersionId"},
    defaults={"forceDestroy": False},
    empty={
        "acl": "",
        "bucketKeyEnabled": False,
        "checksumCrc32": "",
        "checksumCrc32c": "",
        "checksumCrc64nvme": "",
        "checksumSha1": "",
        "checksumSha256": "",
        "contentType": "application/octet-stream",
        "kmsKeyId": "",
        "serverSideEncryption": "AES256",
        "source": "",
        "storageClass": "STANDARD",
        "versionId": "",
    },
    checks=(_one_content, _few_tags),
    handler=BucketObjectHandler,
)
