"""The archive of the gateway's processes, in the bucket under its SHA-256."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.gateway.context import GatewayArgs
from components.providers import object_provider
from gateway.archive.build import build, digest_of
from gateway.archive.errors import ArchiveError
from settings.derived.bucket_prefixes import GATEWAY


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The archive, as the pods fetch it."""

    bucket_object: aws.s3.BucketObjectv2
    """The object; pods start after it is there."""
    key: str
    """Its key in the bucket."""
    sha256: str
    """SHA-256 of its bytes, in hexadecimal."""


def archive(name: str, args: GatewayArgs, parent: pulumi.Resource) -> Archive:
    """Upload the archive of this version of the program; a build that is cached takes no time.

    Raises:
        pulumi.RunError: it cannot be built; the message has the fix.
    """
    try:
        path = build()
    except ArchiveError as error:
        raise pulumi.RunError(str(error)) from None
    sha256 = digest_of(path)
    provider = object_provider(f"{name}-objects", args.facts, args.naming, parent)
    # Another provider replaces the object: by one key, the deletion of the old object would be that of the new one.
    key = f"{GATEWAY}/{sha256}.zip" if provider is None else f"{GATEWAY}/{sha256}-ten-tags.zip"
    return Archive(
        bucket_object=aws.s3.BucketObjectv2(
            name,
            bucket=args.platform.bucket_name,
            key=key,
            source=pulumi.FileAsset(str(path)),
            content_type="application/zip",
            opts=pulumi.ResourceOptions(parent=parent, provider=provider),
        ),
        key=key,
        sha256=sha256,
    )
