"""Program of the gateway's init container: gets the archive of its processes from S3, checks it, and unpacks it.

Runs in an image that has Python and boto3, on a read-only role. Only the archive with the very SHA-256 that the Deployment
names is unpacked. With arguments, the process then becomes that program, such as ``python -m gateway.envoy``, so that the
pod needs no shell.
"""

import compileall
import hashlib
import logging
import os
import stat
import sys
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, Final

import boto3
import botocore.exceptions
from botocore.config import Config

log = logging.getLogger("fetch")

ATTEMPTS: Final = 6
LONGEST_WAIT_SECONDS: Final = 15
MOST_BYTES: Final = 1024**3
"""Of the unpacked files; the archive has less than a tenth."""
_CHUNK: Final = 1024**2


class FetchError(Exception):
    """The archive cannot be had; the message has what, where and the fix."""


def fetch(s3: Any, bucket: str, key: str, digest: str, folder: Path) -> int:
    """Download, check, unpack and compile; return the number of files.

    Args:
        s3: A boto3 client.
        bucket: The bucket.
        key: Key of the archive.
        digest: Its SHA-256, in hexadecimal.
        folder: Where it is unpacked.

    Raises:
        FetchError: it cannot be downloaded, has another checksum, or a file that may not be unpacked.
    """
    place = f"s3://{bucket}/{key}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch.") as temporary:
            archive = Path(temporary) / "archive.zip"
            _download(s3, bucket, key, digest, archive)
            files = _unpack(archive, folder, place)
    except (OSError, zipfile.BadZipFile) as error:
        raise FetchError(f"{place} cannot be unpacked into {folder}: {error}") from error
    # The processes have the folder read-only: each start of one would compile everything again.
    compileall.compile_dir(folder, quiet=2)
    return files


def _download(s3: Any, bucket: str, key: str, digest: str, target: Path) -> None:
    place = f"s3://{bucket}/{key}"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            found = _copy(s3, bucket, key, target)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, OSError) as error:
            reason, fix = _reason(error), _fix(error)
        else:
            if found == digest:
                return
            reason, fix = f"its SHA-256 is {found} and not {digest}", "deploy the stack again, which writes it"
        if attempt == ATTEMPTS:
            raise FetchError(f"{place}: given up after {attempt} attempts: {reason}; {fix}")
        wait = min(2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
        log.warning("%s: %s; attempt %d follows in %d s", place, reason, attempt + 1, wait)
        time.sleep(wait)


def _copy(s3: Any, bucket: str, key: str, target: Path) -> str:
    """Write the object into ``target``; return its SHA-256."""
    digest = hashlib.sha256()
    body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    with target.open("wb") as stream:
        for chunk in body.iter_chunks(_CHUNK):
            digest.update(chunk)
            stream.write(chunk)
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, botocore.exceptions.ClientError):
        detail: Any = error.response.get("Error", {})
        return " ".join(f"{detail.get('Code')}: {detail.get('Message')}".split())
    return " ".join(f"{type(error).__name__}: {error}".split())


def _fix(error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code") if isinstance(error, botocore.exceptions.ClientError) else None
    if code in {"403", "404", "AccessDenied", "NoSuchBucket", "NoSuchKey"}:
        return "deploy the stack again, which writes the object and the role's permissions"
    if isinstance(error, botocore.exceptions.NoCredentialsError):
        return "give the pod's ServiceAccount its role"
    return "check that the pod reaches S3 through the VPC's gateway endpoint"


def _unpack(archive: Path, folder: Path, place: str) -> int:
    with zipfile.ZipFile(archive) as stream:
        entries = stream.infolist()
        for entry in entries:
            if not _safe(entry):
                raise FetchError(f"{place} has {entry.filename!r}, which may not be unpacked: build the archive again")
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise FetchError(f"{place} is more than {MOST_BYTES} bytes unpacked: build the archive again")
        stream.extractall(folder)
        return len(entries)


def _safe(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a plain file inside the folder."""
    path = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in entry.filename
    return inside and kind in {0, stat.S_IFREG} and not entry.is_dir()


def main() -> int:
    """Run with BUCKET, KEY, SHA256 and FOLDER from the environment, and then the program in the arguments, if any."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    environment = os.environ
    settings = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1, "mode": "standard"})
    try:
        files = fetch(
            boto3.client("s3", config=settings),
            environment["BUCKET"],
            environment["KEY"],
            environment["SHA256"],
            Path(environment["FOLDER"]),
        )
    except FetchError as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line in the pod's log, without a traceback
        return 1
    log.info("%s: %d files in %s", environment["KEY"], files, environment["FOLDER"])
    if program := sys.argv[1:]:
        os.execvp(program[0], program)  # noqa: S606 - the arguments are the Deployment's
    return 0


if __name__ == "__main__":
    sys.exit(main())
