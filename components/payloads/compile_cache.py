"""Programs of the compile cache: keep in S3 what vLLM compiled, and start other engines with it.

Runs in an image that has Python and boto3, with one of three words: ``fetch`` before an engine that serves, which always lets it
start; ``check`` and ``store`` before and after the engine of the warm-up Job. The archive is a tar of plain files and folders. It is
put once (``If-None-Match``) and never replaced.
"""

import base64
import hashlib
import logging
import os
import resource
import shutil
import stat
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

import boto3
import botocore.exceptions
from botocore.config import Config

log = logging.getLogger("compile-cache")

MIB: Final = 1024**2
OMITTED: Final = ("huggingface", "vllm/assets")
"""Folders of the cache that hold what was downloaded, not compiled: weights of the Hub, configuration and tokenizers of S3."""
FETCH_SECONDS: Final = 120
"""After which an engine compiles rather than wait for the archive."""
PUT_ATTEMPTS: Final = 4
MEMORY_BYTES: Final = 384 * MIB
"""Less than the container's limit; Python with boto3 takes some 40."""
_CHUNK: Final = MIB
_OWN: Final = "."
"""Begins the names of this program's own files in the folder, which are never packed."""
ABSENT: Final = frozenset({"403", "404", "AccessDenied", "NoSuchKey"})
"""Codes of a GET of an object that is not there; without s3:ListBucket S3 answers 403
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, "Permissions")."""
TAKEN: Final = frozenset({"412", "PreconditionFailed"})
BUSY: Final = frozenset({"409", "ConditionalRequestConflict", "500", "503", "InternalError", "SlowDown"})


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much an archive may have."""

    archive_bytes: int = 4 * 1024**3
    """Its size; one PUT takes 5 GB."""
    bytes: int = 4 * 1024**3
    """All files together, unpacked; beside the archive itself they fit into the cache volume of 10 GiB."""
    entries: int = 200_000
    """Files and folders."""


BOUNDS: Final = Bounds()


class CacheError(Exception):
    """There is no cache to be had or to be kept; the message has what, where and why."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the archive is."""

    s3: Any
    """A boto3 client."""
    bucket: str
    """The bucket."""
    key: str
    """Key of the object."""

    def __str__(self) -> str:
        """Its URL."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def _address(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key}

    def exists(self) -> bool:
        """Whether there is an archive.

        Raises:
            CacheError: S3 does not say.
        """
        try:
            self.s3.head_object(**self._address)
        except botocore.exceptions.ClientError as error:
            if _code(error) in {
                "403",
                "404",
            }:  # not AccessDenied, which STS answers: a HEAD has no body that could say so
                return False
            raise CacheError(f"{self}: {_reason(error)}") from error
        except botocore.exceptions.BotoCoreError as error:
            raise CacheError(f"{self}: {_reason(error)}") from error
        return True

    def download(self, target: Path, bounds: Bounds, seconds: float) -> None:
        """Write the archive into ``target``.

        Raises:
            CacheError: it is not there, is not what was put, is too large, or does not come within ``seconds``.
        """
        end = time.monotonic() + seconds
        digest, size = hashlib.sha256(), 0
        try:
            found = self.s3.get_object(**self._address, ChecksumMode="ENABLED")
            with target.open("xb") as stream:
                for chunk in found["Body"].iter_chunks(_CHUNK):
                    size += len(chunk)
                    if size > bounds.archive_bytes:
                        raise CacheError(f"{self} has more than {bounds.archive_bytes} bytes")
                    if time.monotonic() > end:
                        raise CacheError(f"{self} did not come within {seconds:g} s")
                    digest.update(chunk)
                    stream.write(chunk)
        except botocore.exceptions.ClientError as error:
            if _code(error) in ABSENT:
                raise CacheError(f"{self} is not there, or may not be read ({_code(error)})") from error
            raise CacheError(f"{self}: {_reason(error)}") from error
        except (botocore.exceptions.BotoCoreError, OSError) as error:
            raise CacheError(f"{self}: {_reason(error)}") from error
        if found.get("ChecksumSHA256") != _encoded(digest.digest()):
            raise CacheError(
                f"{self} has another SHA-256 than S3 has of it: delete it, and the next deployment makes it"
            )

    def put(self, archive: Path) -> bool:
        """Put the archive where none is; False where there is one already.

        Raises:
            CacheError: S3 does not take it.
        """
        checksum = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _encoded(_sha256(archive))}
        for attempt in range(1, PUT_ATTEMPTS + 1):
            try:
                with archive.open("rb") as stream:
                    self.s3.put_object(**self._address, Body=stream, IfNoneMatch="*", **checksum)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                if _code(error) in TAKEN:
                    return False
                again = _code(error) in BUSY or isinstance(error, botocore.exceptions.BotoCoreError)
                if attempt == PUT_ATTEMPTS or not again:
                    raise CacheError(f"{self}: given up after {attempt} attempts: {_reason(error)}") from error
                log.warning("%s: %s; attempt %d follows", self, _reason(error), attempt + 1)
                time.sleep(2**attempt)
            else:
                return True
        raise AssertionError


def fetch(place: Place, folder: Path, bounds: Bounds = BOUNDS, seconds: float = FETCH_SECONDS) -> int:
    """Download, check and unpack an archive into a folder that has nothing yet; the number of its files.

    A folder that has something is left as it is: the engine ran there before. What fails leaves nothing behind.

    Raises:
        CacheError: there is no archive, or it may not be unpacked.
    """
    if _own_less(folder):
        raise CacheError(f"{folder} has a cache already")
    with _working(folder) as temporary:
        archive, files = temporary / "archive.tar", temporary / "files"
        place.download(archive, bounds, seconds)
        count = unpack(archive, files, bounds)
        for path in files.iterdir():
            path.rename(folder / path.name)
    return count


def unpack(archive: Path, folder: Path, bounds: Bounds) -> int:
    """Unpack a tar into a folder, which is made; the number of its files.

    Raises:
        CacheError: it is no tar, or has what it may not have.
    """
    count = entries = size = 0
    folder.mkdir(mode=0o770)
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                entries, size = entries + 1, size + member.size
                _refuse(member, entries, size, bounds)
                count += _place(tar, member, folder)
    except (tarfile.TarError, OSError, ValueError, EOFError, MemoryError) as error:
        raise CacheError(f"the archive cannot be unpacked: {_reason(error)}") from error
    return count


def _refuse(member: tarfile.TarInfo, entries: int, size: int, bounds: Bounds) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0].startswith(_OWN):
        raise CacheError(f"the archive has {member.name!r}, which is outside the cache")
    if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE}:
        raise CacheError(f"the archive has {member.name!r}, which is neither a file nor a folder")
    if entries > bounds.entries or size > bounds.bytes:
        raise CacheError(f"the archive has more than {bounds.entries} entries or {bounds.bytes} bytes")


def _place(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> int:
    """Write one entry; 1 for a file. The folder is new and no link is ever made in it, so that no name leads elsewhere."""
    path = folder / member.name
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    content = tar.extractfile(member)
    if content is None:
        raise CacheError(f"the archive has {member.name!r}, which has no content")
    with content, path.open("xb") as stream:
        shutil.copyfileobj(content, stream, _CHUNK)
    path.chmod(0o660 | (member.mode & 0o110))
    # FlashInfer builds with ninja, which compares times.
    os.utime(path, (member.mtime, member.mtime))
    return 1


def store(place: Place, folder: Path, bounds: Bounds = BOUNDS) -> str:
    """Pack what an engine left in its cache and put it, unless another did; what became of it, in words.

    Raises:
        CacheError: nothing was compiled, it is too much, or S3 does not take it.
    """
    with _working(folder) as temporary:
        archive = temporary / "archive.tar"
        with archive.open("xb") as stream:
            count = pack(folder, stream, bounds)
        size = archive.stat().st_size
        if size > bounds.archive_bytes:
            raise CacheError(f"the archive of {folder} has {size} bytes, and {bounds.archive_bytes} are allowed")
        if place.put(archive):
            return f"{place}: {count} files, {size / MIB:.1f} MiB"
    return f"{place} is there already: another engine was first"


def pack(folder: Path, stream: BinaryIO, bounds: Bounds) -> int:
    """Write a tar of the files of a folder but for :data:`OMITTED`; their number.

    Raises:
        CacheError: there are none, or too many.
    """
    count = entries = size = 0
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, name in _compiled(folder):
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
                log.warning("%s is neither a file nor a folder, and is omitted", name)
                continue
            member = tarfile.TarInfo(name)
            member.mode, member.mtime = stat.S_IMODE(found.st_mode) & 0o770, found.st_mtime
            entries += 1
            if stat.S_ISDIR(found.st_mode):
                member.type = tarfile.DIRTYPE
                tar.addfile(member)
            else:
                member.size = found.st_size
                count, size = count + 1, size + found.st_size
            if entries > bounds.entries or size > bounds.bytes:
                raise CacheError(
                    f"{folder} has more than {bounds.entries} entries or {bounds.bytes} bytes: nothing is kept"
                )
            if member.isreg():
                with path.open("rb") as content:
                    tar.addfile(member, content)
    if count == 0:
        raise CacheError(f"{folder} has no files: the engine compiled nothing")
    return count


def _compiled(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything below a folder that is kept, in order: path, and name in the archive."""
    for root, folders, files in os.walk(folder):
        here = Path(root).relative_to(folder)
        folders[:] = sorted(name for name in folders if _kept(here / name))
        for name in (*folders, *sorted(files)):
            if _kept(here / name):
                yield Path(root) / name, (here / name).as_posix()


def _kept(path: Path) -> bool:
    return path.as_posix() not in OMITTED and not path.parts[0].startswith(_OWN)


def _own_less(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(_OWN)]


@contextmanager
def _working(folder: Path) -> Iterator[Path]:
    """A folder of this program's own in the volume, which has the room, and which is removed again."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=f"{_OWN}archive.", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def _sha256(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _code(error: Exception) -> str:
    if not isinstance(error, botocore.exceptions.ClientError):
        return ""
    return str(error.response.get("Error", {}).get("Code", ""))


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def place_of(environment: Mapping[str, str]) -> Place:
    """The archive that the environment names."""
    settings = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 2, "mode": "standard"})
    return Place(s3=boto3.client("s3", config=settings), bucket=environment["BUCKET"], key=environment["KEY"])


def _fetch(environment: Mapping[str, str]) -> int:
    """Always 0: without a cache the engine compiles, as it would without this program."""
    begun = time.monotonic()
    try:
        place = place_of(environment)
        count = fetch(place, Path(environment["FOLDER"]))
    except CacheError as error:
        log.warning("no compile cache: %s; the engine compiles", error)
    except Exception as error:  # noqa: BLE001 - whatever it is, an engine that compiles is better than none
        log.warning("no compile cache: %s; the engine compiles", _reason(error))
    else:
        log.info("compile cache: %s, %d files in %.1f s", place, count, time.monotonic() - begun)
    return 0


def _check(environment: Mapping[str, str]) -> int:
    """Leave the marker where there is an archive: the engine of the Job is not started then."""
    place = place_of(environment)
    try:
        there = place.exists()
    except CacheError as error:
        log.error("%s", error)  # noqa: TRY400 - one clear line in the pod's log, without a traceback
        return 1
    if there:
        Path(environment["MARKER"]).touch()
    log.info("%s is %s", place, "there already: no engine is started" if there else "not there yet")
    return 0


def _store(environment: Mapping[str, str]) -> int:
    if Path(environment["MARKER"]).exists():
        return 0
    try:
        log.info("%s", store(place_of(environment), Path(environment["FOLDER"])))
    except CacheError as error:
        log.error("%s", error)  # noqa: TRY400 - as above
        return 1
    return 0


COMMANDS: Final[Mapping[str, Callable[[Mapping[str, str]], int]]] = {"fetch": _fetch, "check": _check, "store": _store}


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Run with a word of :data:`COMMANDS`, and BUCKET, KEY and FOLDER from the environment; MARKER too for the warm-up Job."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    return COMMANDS[arguments[0]](environment)


def bound_memory() -> None:
    """Make an archive whose headers are too large an error of this program: an init container that the kernel kills starts no engine."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    bound_memory()
    sys.exit(main(sys.argv[1:], os.environ))
