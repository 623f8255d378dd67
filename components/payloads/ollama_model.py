"""Copy one model of Ollama's library into a folder or an S3 prefix, in the layout of OLLAMA_MODELS.

Runs as an init container of an Ollama pod, in a mirror Job, and on an operator's machine; it needs boto3 for S3 and
otherwise only the standard library. The environment says what to copy:

    MODEL    such as llama3.1:8b
    SOURCE   registry, or s3://BUCKET/PREFIX
    TARGET   a folder, or s3://BUCKET/PREFIX

A target that has the manifest and every blob of it is left as it is, without asking the source. Blobs are checked
against the SHA-256 in their name while they are copied, and the manifest is written last: a target that has one is
complete. In a folder, what the model does not need (another model from before) is removed first.
"""

import hashlib
import http.client
import io
import json
import logging
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, TypeAlias, TypeVar

log = logging.getLogger("ollama-model")

REGISTRY: Final = "registry.ollama.ai"
ATTEMPTS: Final = 6
LONGEST_BACKOFF_SECONDS: Final = 60
TIMEOUT_SECONDS: Final = 60
CHUNK: Final = 8 * 1024**2
NOT_FOUND: Final = 404
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
NAME: Final = re.compile(r"(?P<model>[\w.-]+):(?P<tag>[\w.-]+)", re.ASCII)
_Result = TypeVar("_Result")


class CopyError(Exception):
    """The copy failed; the message says what, where and the fix."""


class MissingError(CopyError):
    """The source does not have the model: another attempt would not help."""


@dataclass(frozen=True, kw_only=True)
class Name:
    """Name of a model of Ollama's library."""

    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``MODEL:TAG``.

        Raises:
            CopyError: it is not a model name.
        """
        if not (found := NAME.fullmatch(text)):
            raise CopyError(f"MODEL={text!r} is not a model of Ollama's library: write it like llama3.1:8b")
        return cls(model=found["model"], tag=found["tag"])

    @property
    def manifest(self) -> str:
        """Path of its manifest below OLLAMA_MODELS."""
        return f"manifests/{REGISTRY}/library/{self.model}/{self.tag}"


@dataclass(frozen=True, kw_only=True)
class Blob:
    """One file of a model."""

    digest: str
    size: int

    @property
    def path(self) -> str:
        """Its path below OLLAMA_MODELS."""
        return f"blobs/{self.digest.replace(':', '-')}"


class Checked:
    """A readable stream that fails at its end unless size and SHA-256 are those announced."""

    def __init__(self, stream: Any, blob: Blob) -> None:
        self._stream, self._blob, self._hash, self._size = stream, blob, hashlib.sha256(), 0

    def read(self, size: int = CHUNK) -> bytes:
        """Read up to ``size`` bytes.

        Raises:
            CopyError: the stream ended and is not the blob.
        """
        data: bytes = self._stream.read(size if size and size > 0 else CHUNK)
        self._hash.update(data)
        self._size += len(data)
        if not data and (self._size, f"sha256:{self._hash.hexdigest()}") != (self._blob.size, self._blob.digest):
            raise CopyError(
                f"{self._blob.digest}: got {self._size} bytes of {self._blob.size}, or others than announced"
            )
        return data


class RegistrySource:
    """Ollama's registry, or a mirror of it at REGISTRY_ENDPOINT."""

    def __init__(self, endpoint: str = f"https://{REGISTRY}") -> None:
        self._endpoint = endpoint

    def manifest(self, name: Name) -> bytes:
        """Read the manifest."""
        try:
            with self._get(name, f"manifests/{name.tag}") as response:
                data: bytes = response.read()
                return data
        except urllib.error.HTTPError as error:
            if error.code == NOT_FOUND:
                raise MissingError(
                    f"{REGISTRY} has no model {name.model}:{name.tag}: look for its tags there"
                ) from error
            raise

    def open(self, name: Name, blob: Blob) -> BinaryIO:
        """Open a blob."""
        stream: BinaryIO = self._get(name, f"blobs/{blob.digest}")
        return stream

    def _get(self, name: Name, path: str) -> Any:
        url = f"{self._endpoint.rstrip('/')}/v2/library/{name.model}/{path}"
        # Networks in front of registries turn the default User-Agent of Python away.
        headers = {"Accept": "application/vnd.docker.distribution.manifest.v2+json", "User-Agent": "llm-platform/1"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - https, or the operator's own mirror
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310


class Bucket:
    """An S3 prefix, as source or target."""

    def __init__(self, url: str) -> None:
        import boto3  # noqa: PLC0415 - a copy from the registry to a folder needs none

        self._s3: Any = boto3.client("s3")
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def manifest(self, name: Name) -> bytes:
        """Read the manifest."""
        data = self.read(name.manifest)
        if data is None:
            raise MissingError(
                f"s3://{self._bucket}/{self._prefix}{name.manifest} does not exist: fill the prefix first, with "
                "weights.mirror: true or with this script from a machine that reaches the registry"
            )
        return data

    def open(self, _: Name, blob: Blob) -> BinaryIO:
        """Open a blob."""
        stream: BinaryIO = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + blob.path)["Body"]
        return stream

    def read(self, path: str) -> bytes | None:
        """Read a small object."""
        if self.size(path) is None:
            return None
        data: bytes = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + path)["Body"].read()
        return data

    def size(self, path: str) -> int | None:
        """Size of an object."""
        key = self._prefix + path
        listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1).get("Contents", [])
        return next((int(item["Size"]) for item in listed if item["Key"] == key), None)

    def write(self, path: str, stream: Checked, size: int) -> None:
        """Upload in parts; S3 shows an object only once it is complete."""
        log.info("s3://%s/%s%s: %d bytes", self._bucket, self._prefix, path, size)
        self._s3.upload_fileobj(stream, self._bucket, self._prefix + path)

    def keep_only(self, paths: set[str]) -> None:
        """Remove nothing: a prefix may hold several models."""


class Folder:
    """A folder that Ollama serves from."""

    def __init__(self, path: str) -> None:
        self._root = Path(path)

    def read(self, path: str) -> bytes | None:
        """Read a small file."""
        file = self._root / path
        return file.read_bytes() if file.is_file() else None

    def size(self, path: str) -> int | None:
        """Size of a file."""
        file = self._root / path
        return file.stat().st_size if file.is_file() else None

    def write(self, path: str, stream: Checked, size: int) -> None:
        """Write under another name and rename at the end."""
        log.info("%s: %d bytes", path, size)
        file = self._root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}-partial")
        with partial.open("wb") as out:
            while data := stream.read():
                out.write(data)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(file)

    def keep_only(self, paths: set[str]) -> None:
        """Remove every other manifest and blob."""
        for top in ("manifests", "blobs"):
            for file in (self._root / top).rglob("*"):
                if file.is_file() and str(file.relative_to(self._root)) not in paths:
                    log.info("%s: removed, no longer needed", file.relative_to(self._root))
                    file.unlink()


Source: TypeAlias = RegistrySource | Bucket
Target: TypeAlias = Bucket | Folder


def blobs(manifest: bytes) -> list[Blob]:
    """Read the files a manifest lists.

    Raises:
        CopyError: it is not a manifest.
    """
    try:
        data = json.loads(manifest)
        found = [Blob(digest=str(item["digest"]), size=int(item["size"])) for item in (data["config"], *data["layers"])]
    except (ValueError, KeyError, TypeError) as error:
        raise CopyError(f"the manifest is malformed: {error!r}") from error
    if wrong := [blob.digest for blob in found if not DIGEST.fullmatch(blob.digest)]:
        raise CopyError(f"the manifest names {wrong[0]!r}, which is not a SHA-256 digest")
    return found


def complete(name: Name, target: Target) -> bool:
    """Whether the target has the model already."""
    manifest = target.read(name.manifest)
    return manifest is not None and all(target.size(blob.path) == blob.size for blob in blobs(manifest))


def copy(name: Name, source: Source, target: Target) -> None:
    """Copy the model, blobs first."""
    manifest = retried(f"the manifest of {name.model}:{name.tag}", lambda: source.manifest(name))
    wanted = blobs(manifest)

    def fill(blob: Blob) -> None:
        with source.open(name, blob) as stream:
            target.write(blob.path, Checked(stream, blob), blob.size)

    # First: a volume may have room for one model only, and the server that used the other one has ended.
    target.keep_only({name.manifest, *(blob.path for blob in wanted)})
    for blob in wanted:
        if target.size(blob.path) != blob.size:
            retried(blob.digest, lambda blob=blob: fill(blob))  # type: ignore[misc]
    own = Blob(digest=f"sha256:{hashlib.sha256(manifest).hexdigest()}", size=len(manifest))
    target.write(name.manifest, Checked(io.BytesIO(manifest), own), own.size)


def retried(what: str, action: Callable[[], _Result], sleep: Callable[[float], None] = time.sleep) -> _Result:
    """Try an action up to six times, over a minute and a half.

    Raises:
        MissingError: at once.
        CopyError: the last attempt failed as well.
    """
    attempt = 1
    temporary: tuple[type[Exception], ...] = (CopyError, OSError, http.client.HTTPException, *_s3_errors())
    while True:
        try:
            return action()
        except MissingError:
            raise
        except temporary as error:
            if attempt >= ATTEMPTS:
                raise CopyError(f"{what}: {error}") from error
            wait = min(LONGEST_BACKOFF_SECONDS, 2.0**attempt)
            log.warning("%s: %s; attempt %d of %d in %.0f s", what, error, attempt + 1, ATTEMPTS, wait)
            sleep(wait)
            attempt += 1


def _s3_errors() -> tuple[type[Exception], ...]:
    """Errors of boto3, where it is loaded."""
    module = sys.modules.get("botocore.exceptions")
    return (module.BotoCoreError, module.ClientError) if module else ()


def main() -> None:
    """Copy what the environment names."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        name = Name.parse(os.environ["MODEL"])
        where = os.environ["TARGET"]
        target = Bucket(where) if where.startswith("s3://") else Folder(where)
        if complete(name, target):
            log.info("%s has %s already", where, os.environ["MODEL"])
            return
        origin = os.environ.get("SOURCE", "registry")
        source = (
            Bucket(origin)
            if origin.startswith("s3://")
            else RegistrySource(os.environ.get("REGISTRY_ENDPOINT", f"https://{REGISTRY}"))
        )
        copy(name, source, target)
    except KeyError as error:
        raise SystemExit(f"{error.args[0]} is not set: name the model, SOURCE and TARGET in the environment") from error
    except CopyError as error:
        raise SystemExit(str(error)) from error
    log.info("%s has %s", where, os.environ["MODEL"])


if __name__ == "__main__":
    main()
