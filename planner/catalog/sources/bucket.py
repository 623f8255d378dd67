"""A model in an S3 bucket, with the AWS credentials at hand."""

import re
from typing import Any

from planner.aws_errors import error_code, failure
from planner.catalog.sources.documents import CONFIG
from planner.catalog.sources.errors import SourceError
from planner.catalog.sources.weight_files import stored_in
from planner.model.stored import StoredWeights
from planner.shown import shortened

_S3 = re.compile(r"s3://([^/]+)/(.+)", re.DOTALL)
_TIMEOUT_SECONDS = 2
_ABSENT = frozenset({"NoSuchKey", "404"})


class BucketFiles:
    """The objects below a prefix."""

    def __init__(self, reference: str) -> None:
        """Take ``s3://BUCKET/PREFIX``, or the address of a ``config.json``.

        Raises:
            SourceError: it is neither, or the AWS SDK is not installed.
        """
        found = _S3.fullmatch(reference)
        if not found:
            raise SourceError(f"{shortened(reference)} names no object: write it like s3://BUCKET/weights/llama-3-8b")
        self.origin = reference
        self._bucket, key = found.groups()
        self._config = key if key.endswith(".json") else f"{key.rstrip('/')}/{CONFIG}"
        self._prefix = self._config.rpartition("/")[0]
        self._alone = not f"/{self._config}".endswith(f"/{CONFIG}")
        try:
            import boto3  # noqa: PLC0415  the planner runs without the AWS SDK
            from botocore.config import Config  # noqa: PLC0415  as above
            from botocore.exceptions import BotoCoreError  # noqa: PLC0415  as above
        except ImportError:
            raise SourceError(
                f"{shortened(reference)} needs boto3, which is not installed: pip install boto3, or copy it"
            ) from None
        limits = Config(
            connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS, retries={"total_max_attempts": 1}
        )
        try:
            self._client: Any = boto3.session.Session().client("s3", config=limits)
        except (BotoCoreError, ValueError) as error:
            raise SourceError(f"{shortened(reference)} cannot be read: {_reason(error)}") from None

    @property
    def where(self) -> str:
        """The prefix."""
        return shortened(f"s3://{self._bucket}/{self._prefix}")

    def read(self, name: str, most: int) -> bytes | None:
        """Content of an object, see :class:`~planner.catalog.sources.documents.ModelFiles`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above

        if self._alone and name != CONFIG:
            return None
        key = self._config if name == CONFIG else self._key(name)
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read(most + 1)
        except (BotoCoreError, ClientError, ValueError) as error:
            if name != CONFIG and error_code(error) in _ABSENT:
                return None
            raise SourceError(f"{shortened(f's3://{self._bucket}/{key}')} cannot be read: {_reason(error)}") from None
        return content

    def stored(self) -> StoredWeights | None:
        """Size of the weights, see :class:`~planner.catalog.sources.documents.ModelFiles`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above

        if self._alone:
            return None
        prefix = self._key("")
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            sizes = {
                found["Key"].removeprefix(prefix): int(found["Size"])
                for page in pages
                for found in page.get("Contents", ())
            }
        except (BotoCoreError, ClientError, ValueError):
            # Reading objects does not need the right to list them; the index alone has a total too.
            sizes = {}
        return stored_in(self, sizes)

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name


def _reason(error: Exception) -> str:
    code = error_code(error)
    return f"S3 answers {code}" if code else failure(error)
