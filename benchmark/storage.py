"""Where records are kept: a prefix of the platform's bucket, or a folder."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from benchmark.record import PREFIX, RecordError, name_of, read

NAME = re.compile(r"\d{8}T\d{6}Z-(?P<kind>[a-z0-9.-]+)\.json")
_MOST_BYTES = 1024 * 1024
_TRIED_BYTES = 64 * 1024
"""More than a record has."""


def try_to_write(folder: Path) -> None:
    """Make a folder, and write into it what is removed again: before a load, which can take an hour, not after it.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as stream:
        stream.write(bytes(_TRIED_BYTES))


class StorageError(Exception):
    """Records cannot be read or written; the message says where and why."""


class Storage(Protocol):
    """Records of one service."""

    def check(self) -> None:
        """Find out, before there is a record, whether one can be kept.

        Raises:
            StorageError: it cannot.
        """

    def names(self) -> list[str]:
        """Names of the records, the oldest first."""

    def get(self, name: str) -> bytes:
        """Read a record."""

    def put(self, name: str, data: bytes) -> str:
        """Write a record; return where it is."""


class Folder:
    """Records in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self._folder = folder

    def check(self) -> None:
        """Make the folder, and write into it what is removed again.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            try_to_write(self._folder)
        except OSError as error:
            raise StorageError(f"{self._folder} cannot be written: {error.strerror}") from None

    def names(self) -> list[str]:
        """Names of the records, the oldest first; none where there is no folder yet."""
        return sorted(path.name for path in self._folder.glob("*.json") if NAME.fullmatch(path.name))

    def get(self, name: str) -> bytes:
        """Read a record.

        Raises:
            StorageError: it cannot be read.
        """
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise StorageError(f"{self._folder / name} cannot be read: {error.strerror}") from None

    def put(self, name: str, data: bytes) -> str:
        """Write a record; return its path.

        Raises:
            StorageError: it cannot be written.
        """
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            with suppress(OSError):  # what a full disk took of it
                path.unlink(missing_ok=True)
            raise StorageError(f"{path} cannot be written: {error.strerror}") from None
        return str(path)


class Bucket:
    """Records in the platform's bucket."""

    def __init__(self, s3: Any, bucket: str, service: str) -> None:
        """Call nothing yet.

        Args:
            s3: A boto3 client of S3.
            bucket: The bucket.
            service: Public name, STACK/SERVICE.
        """
        self._s3 = s3
        self._bucket = bucket
        self._prefix = f"{PREFIX}/{service}/"

    def check(self) -> None:
        """List the records; whether one can be written shows when it is.

        Raises:
            StorageError: S3 refuses.
        """
        self.names()

    def names(self) -> list[str]:
        """Names of the records, the oldest first.

        Raises:
            StorageError: S3 refuses.
        """
        return sorted(self._called(self._list))

    def get(self, name: str) -> bytes:
        """Read a record.

        Raises:
            StorageError: S3 refuses.
        """
        body: bytes = self._called(
            lambda: self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read(_MOST_BYTES)
        )
        return body

    def put(self, name: str, data: bytes) -> str:
        """Write a record; return its address.

        Raises:
            StorageError: S3 refuses.
        """
        key = self._prefix + name
        self._called(
            lambda: self._s3.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType="application/json")
        )
        return f"s3://{self._bucket}/{key}"

    def _list(self) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        keys = (item["Key"].removeprefix(self._prefix) for page in pages for item in page.get("Contents", ()))
        return [name for name in keys if NAME.fullmatch(name)]

    def _called(self, call: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  the SDK of AWS, for buckets only

        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            reason = " ".join(str(error).split())
            raise StorageError(f"s3://{self._bucket}/{self._prefix}: {reason}") from None


def records(storage: Storage, kind: str, *, but: str = "") -> Iterator[Mapping[str, Any]]:
    """The records of a kind, the newest first; what is not a record of this version is not among them.

    Args:
        storage: Where they are.
        kind: Their kind.
        but: Name of a record that is passed over.

    Raises:
        StorageError: they cannot be read.
    """
    for name in reversed(storage.names()):
        found = NAME.fullmatch(name)
        if found and found["kind"] == kind and name != but:
            try:
                yield read(storage.get(name))
            except RecordError:
                continue


def keep(storage: Storage, document: Mapping[str, Any]) -> str:
    """Keep a record; return where it is.

    Raises:
        StorageError: it cannot be written.
    """
    return storage.put(name_of(document), f"{json.dumps(document, indent=2)}\n".encode())
