"""Copy one model from the Hugging Face Hub into an S3 prefix, file by file, without a disk in between.

Mounted into the mirror Job and run there; it needs boto3 and otherwise only the standard library. Running it again is
cheap: a file that is already in S3 with the right size and checksum is skipped, and once the manifest names the
same commit and the same files, nothing is copied at all. The manifest is written last: a prefix that has one is whole.
"""

import email.utils
import hashlib
import http.client
import json
import logging
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar, cast

import boto3
import botocore.exceptions
from boto3.s3.transfer import TransferConfig

log = logging.getLogger("mirror")

HUB: Final = "https://huggingface.co"
MANIFEST: Final = ".mirror.json"
ATTEMPTS: Final = 5
PATIENCE_SECONDS: Final = 900
"""How long the same step is tried beyond its attempts while the Hub is busy: its limits are windows of five minutes, and
this is three (https://huggingface.co/docs/hub/rate-limits)."""
LONGEST_WAIT_SECONDS: Final = 600
LONGEST_BACKOFF_SECONDS: Final = 60
BUSY: Final = frozenset({429, 500, 502, 503, 504})
TIMEOUT_SECONDS: Final = 60
KEPT: Final = (".safetensors", ".json", ".txt", ".model", ".jinja", ".tiktoken", ".py")
"""What vLLM reads of a model; other weight formats (.bin, .pth, .gguf, .onnx) would only cost space."""
INDEX: Final = "model.safetensors.index.json"
SINGLE: Final = "model.safetensors"
TRANSFER: Final = TransferConfig(multipart_chunksize=64 * 1024**2, multipart_threshold=64 * 1024**2, max_concurrency=4)
# Parts that are read and wait for their upload; ten by default, which with the four under way is most of the Job's 1 GiB.
TRANSFER.max_in_memory_upload_chunks = 4
_Result = TypeVar("_Result")


OWN_PREFIX: Final = "give this model and revision a weights.prefix of their own"


class MirrorError(Exception):
    """The copy cannot go on; the message has what, where and the fix."""


class RefusedError(MirrorError):
    """The Hub refuses the model; trying again would not help."""


TEMPORARY: Final = (
    *(OSError, http.client.HTTPException, ValueError, MirrorError),
    *(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError),
)
"""What another attempt may get over: a busy Hub, a connection that broke, an answer or a file that was cut short."""


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """One file of a model at one commit."""

    name: str
    size: int
    sha256: str | None
    """Known for large files only (Git LFS)."""


class CheckedStream:
    """A readable stream that counts and hashes what passes, and fails at the end if it is not the file announced."""

    def __init__(self, stream: BinaryIO, expected: HubFile) -> None:
        """Read ``expected`` from ``stream``."""
        self._stream = stream
        self._expected = expected
        self._hash = hashlib.sha256()
        self._size = 0

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes.

        Raises:
            MirrorError: the stream ended and the size or the checksum is wrong.
        """
        data = self._stream.read(size)
        self._hash.update(data)
        self._size += len(data)
        if not data:
            self._check()
        return data

    def _check(self) -> None:
        if self._size != self._expected.size:
            raise MirrorError(f"{self._expected.name}: got {self._size} bytes of {self._expected.size}")
        if self._expected.sha256 not in {None, self._hash.hexdigest()}:
            raise MirrorError(f"{self._expected.name}: checksum is not the one the Hub announced")


class Hub:
    """Reads from the Hugging Face Hub."""

    def __init__(self, token: str | None, endpoint: str = HUB) -> None:
        """Authenticate with ``token``, if there is one."""
        self._token = token
        self._endpoint = endpoint.rstrip("/")

    def files(self, model: str, revision: str) -> tuple[str, list[HubFile]]:
        """The commit behind ``revision`` and the files of ``model`` worth keeping."""
        quoted = urllib.parse.quote(revision, safe="")
        answer = patiently(
            f"the list of files of {model}",
            lambda: self._json(f"/api/models/{model}/revision/{quoted}?blobs=true", model),
        )
        found = [
            HubFile(name=entry["rfilename"], size=entry["size"], sha256=(entry.get("lfs") or {}).get("sha256"))
            for entry in answer["siblings"]
            if entry["rfilename"].endswith(KEPT) and not entry["rfilename"].startswith("original/")
        ]
        return answer["sha"], found

    def index(self, model: str, commit: str) -> dict[str, Any]:
        """Which file has which tensor."""
        path = f"/{model}/resolve/{commit}/{INDEX}"
        return patiently(INDEX, lambda: self._json(path, model))

    def _json(self, path: str, model: str) -> dict[str, Any]:
        with self._open(path, model) as response:
            return cast("dict[str, Any]", json.load(response))

    def open(self, model: str, commit: str, name: str) -> BinaryIO:
        """The content of one file."""
        return self._open(f"/{model}/resolve/{commit}/{urllib.parse.quote(name)}", model)

    def _open(self, path: str, model: str) -> BinaryIO:
        request = urllib.request.Request(self._endpoint + path)  # noqa: S310 - the endpoint is ours, always http(s)
        if self._token:
            # Unredirected: the redirect goes to a storage host, which must not see the token and refuses two of them.
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            return cast("BinaryIO", urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS))  # noqa: S310 - as above
        except urllib.error.HTTPError as error:
            error.close()
            # A storage host that refuses has a link that ran out; the Hub makes another.
            if error.code in {401, 403, 404} and error.url.startswith(self._endpoint):
                raise RefusedError(
                    f"the Hub answered {error.code} for {model}: check the name and revision; if the model is gated, "
                    "accept its licence and set llm-platform:hf_api_token"
                ) from error
            raise


class Prefix:
    """One model's place in the bucket."""

    def __init__(self, s3: Any, bucket: str, prefix: str, model: str) -> None:
        """Write ``model`` below ``prefix`` of ``bucket`` with the boto3 client ``s3``."""
        self.model = model
        self._s3 = s3
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def sizes(self) -> dict[str, int]:
        """Name and size of every object below the prefix.

        Absence is read off the listing: asked for a missing object, S3 answers 403 to a role that may list this
        prefix only.
        """
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{self._prefix}/")
        return {
            entry["Key"].removeprefix(f"{self._prefix}/"): entry["Size"]
            for page in pages
            for entry in page.get("Contents", ())
        }

    def manifest(self, there: Container[str]) -> dict[str, Any]:
        """What the last complete copy wrote; empty where none did.

        Raises:
            MirrorError: something else wrote it.
        """
        if MANIFEST not in there:
            return {}
        body = self._s3.get_object(Bucket=self._bucket, Key=self._key(MANIFEST))["Body"].read()
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise MirrorError(
                f"{self._key(MANIFEST)} is not a manifest of a mirrored model: delete it, or {OWN_PREFIX}"
            )
        return found

    def check_owner(self, manifest: dict[str, Any], there: Iterable[str]) -> None:
        """Make sure that every object below the prefix is this model's, be it whole or half copied.

        Raises:
            MirrorError: it is another model's.
        """
        owner = manifest.get("model")
        weights = None if owner else next((name for name in sorted(there) if name.endswith(".safetensors")), None)
        if weights:  # a copy that was not finished has no manifest, but its objects say whose they are
            owner = self._s3.head_object(Bucket=self._bucket, Key=self._key(weights))["Metadata"].get("model")
        if owner not in {None, self.model}:
            raise MirrorError(f"{self._prefix} holds {owner}, not {self.model}: {OWN_PREFIX}")

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Declare the copy complete."""
        self._s3.put_object(Bucket=self._bucket, Key=self._key(MANIFEST), Body=json.dumps(manifest, indent=1).encode())

    def holds(self, file: HubFile, commit: str) -> bool:
        """Whether the object of that name is this very file: by checksum, or by commit where there is none."""
        head = self._s3.head_object(Bucket=self._bucket, Key=self._key(file.name))
        return bool(head["Metadata"].get("source") == (file.sha256 or commit))

    def write(self, file: HubFile, commit: str, stream: CheckedStream) -> None:
        """Stream one file up, in parts; a failure leaves no part behind."""
        extra = {"Metadata": {"source": file.sha256 or commit, "model": self.model}}
        self._s3.upload_fileobj(stream, self._bucket, self._key(file.name), ExtraArgs=extra, Config=TRANSFER)

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def mirror(hub: Hub, prefix: Prefix, revision: str) -> bool:
    """Make ``prefix`` hold its model at ``revision``; say whether anything was copied.

    The manifest has the model, the revision asked for, the commit it was, and the size of each file in bytes.

    Raises:
        MirrorError: the Hub refuses the model, it has no weights, a file does not arrive whole, or the prefix holds
            weights that are not this model's.
    """
    model = prefix.model
    commit, found = hub.files(model, revision)
    files = _once(hub, model, commit, found)
    if not any(file.name.endswith(".safetensors") for file in files):
        raise MirrorError(f"{model} at {revision} has no .safetensors files, which is what vLLM streams from S3")
    wanted: dict[str, Any] = {"model": model, "commit": commit, "files": {file.name: file.size for file in files}}
    there = prefix.sizes()
    manifest = prefix.manifest(there)
    prefix.check_owner(manifest, there)
    if {key: manifest.get(key) for key in wanted} == wanted and all(there.get(f.name) == f.size for f in files):
        log.info("%s at %s is already there", model, commit)
        return False
    # vLLM streams every .safetensors below the prefix: shards of another model or revision would be loaded with these.
    foreign = sorted(name for name in there if name.endswith(".safetensors") and name not in wanted["files"])
    if foreign:
        raise MirrorError(f"the prefix holds {foreign[0]}, which is not a file of {model} at {revision}: {OWN_PREFIX}")
    for file in _smallest_first(files):
        if there.get(file.name) != file.size or not prefix.holds(file, commit):
            _copy(hub, prefix, model, commit, file)
    prefix.write_manifest({"revision": revision, **wanted})
    log.info("%s at %s: %d files, %.1f GiB", model, commit, len(files), sum(f.size for f in files) / 1024**3)
    return True


def _once(hub: Hub, model: str, commit: str, files: list[HubFile]) -> list[HubFile]:
    """The files without further copies of the weights.

    Some models are on the Hub twice, in Mistral's own format (``consolidated.safetensors``) too; vLLM's streamer would
    load both, and knows no tensor of the second.
    """
    names = {file.name for file in files}
    if INDEX in names:
        weights = set(hub.index(model, commit)["weight_map"].values())
    elif SINGLE in names:
        weights = {SINGLE}
    else:
        return files
    if missing := sorted(weights - names):
        raise MirrorError(f"{INDEX} of {model} names {missing[0]}, which is not there: the model is not complete")
    return [file for file in files if not file.name.endswith(".safetensors") or file.name in weights]


def _smallest_first(files: Iterable[HubFile]) -> list[HubFile]:
    # A missing licence or token shows on the first small file, not after an hour of shards.
    return sorted(files, key=lambda file: (file.size, file.name))


def _copy(hub: Hub, prefix: Prefix, model: str, commit: str, file: HubFile) -> None:
    def once() -> None:
        with hub.open(model, commit, file.name) as stream:
            prefix.write(file, commit, CheckedStream(stream, file))

    patiently(file.name, once)
    log.info("copied %s (%d bytes)", file.name, file.size)


def patiently(what: str, action: Callable[[], _Result]) -> _Result:
    """Do ``action`` again until it works: a few times, and for as long as the Hub is busy.

    Raises:
        RefusedError: the Hub refuses, which is not tried again.
        MirrorError: given up.
    """
    end, attempt = time.monotonic() + PATIENCE_SECONDS, 0
    while True:
        attempt += 1
        try:
            return action()
        except RefusedError:
            raise
        except TEMPORARY as error:
            wait = _wait(error, attempt)
            busy = isinstance(error, urllib.error.HTTPError) and error.code in BUSY
            if attempt >= ATTEMPTS and not (busy and time.monotonic() + wait <= end):
                raise MirrorError(f"{what}: given up after {attempt} attempts: {error}") from error
            log.warning("%s: %s; attempt %d follows in %d s", what, error, attempt + 1, wait)
            time.sleep(wait)


def _wait(error: Exception, attempt: int) -> float:
    """Seconds until the next attempt: what the Hub requests, else twice as long each time."""
    asked = asked_wait(error.headers) if isinstance(error, urllib.error.HTTPError) else None
    return min(2**attempt, LONGEST_BACKOFF_SECONDS) if asked is None else max(1, min(asked, LONGEST_WAIT_SECONDS))


def asked_wait(headers: Any) -> float | None:
    """Seconds to wait by ``Retry-After`` (a number or a date), or by ``RateLimit``, which says ``t=55`` until the window ends."""
    after = (headers.get("Retry-After") or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", after):
        return float(after)
    if after:
        try:
            return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - time.time())
        except ValueError:
            log.warning("Retry-After is neither a number nor a date: %s", after)
    window = re.search(r"\bt=(\d+)", headers.get("RateLimit") or "")
    return float(window[1]) if window else None


def main() -> int:
    """Run with MODEL, REVISION, BUCKET, PREFIX and, for gated models, HF_TOKEN from the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    environment = os.environ
    hub = Hub(environment.get("HF_TOKEN"), environment.get("HF_ENDPOINT", HUB))
    prefix = Prefix(boto3.client("s3"), environment["BUCKET"], environment["PREFIX"], environment["MODEL"])
    try:
        mirror(hub, prefix, environment["REVISION"])
    except TEMPORARY as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line in the Job's log, without a traceback
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
