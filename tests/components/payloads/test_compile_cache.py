"""The whole way of a compile cache, between two folders and moto's S3."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from components.payloads.compile_cache import Bounds, CacheError, Place, fetch, main, store

BUCKET, KEY = "models", "compile-cache/llm/chat/0a1b.tar"
COMPILED = {
    "vllm/torch_compile_cache/1f/rank_0_0/model": bytes(200_000),
    "vllm/torch_compile_cache/1f/inductor_cache/a/b.py": b"def call(): ...\n",
    "triton/k/kernel.so": b"\x7fELF",
}
DOWNLOADED = {
    "huggingface/hub/models--x/blobs/w": b"weights",
    "vllm/assets/model_streamer/ab/config.json": b"{}",
    ".own": b"",
}


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """A client of moto, with a bucket."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        patch.setattr("components.payloads.compile_cache.time.sleep", lambda _: None)
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket=BUCKET)
            patch.setattr("components.payloads.compile_cache.boto3.client", lambda *_, **__: client)
            yield client


@pytest.fixture
def place(s3: Any) -> Iterator[Place]:
    """An address where nothing is."""
    yield Place(s3=s3, bucket=BUCKET, key=KEY)
    for name in (KEY, "tampered"):
        s3.delete_object(Bucket=BUCKET, Key=name)


@pytest.fixture
def warm(tmp_path: Path) -> Path:
    """The cache that an engine leaves."""
    folder = tmp_path / "warm"
    for name, content in (COMPILED | DOWNLOADED).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "triton/k/kernel.so").chmod(0o755)
    os.utime(folder / "triton/k/kernel.so", (1_700_000_000.25, 1_700_000_000.25))
    return folder


@pytest.fixture
def cold(tmp_path: Path) -> Path:
    """The cache that an engine starts with."""
    folder = tmp_path / "cold"
    folder.mkdir()
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def environment(folder: Path, marker: Path | None = None) -> dict[str, str]:
    return {"BUCKET": BUCKET, "KEY": KEY, "FOLDER": str(folder), "MARKER": str(marker or folder / ".there")}


def tar(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as stream:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                stream.addfile(member)
            else:
                entry = tarfile.TarInfo(member[0])
                entry.size = len(member[1])
                stream.addfile(entry, io.BytesIO(member[1]))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def test_what_one_engine_compiled_another_starts_with(place: Place, warm: Path, cold: Path) -> None:
    assert store(place, warm) == f"s3://{BUCKET}/{KEY}: 3 files, 0.2 MiB"
    assert fetch(place, cold) == 3
    assert files(cold) == COMPILED, "weights and tokenizers are no part of it, and nothing of the way stays"
    found = (cold / "triton/k/kernel.so").stat()
    assert found.st_mode & 0o777 == 0o770
    assert found.st_mtime == 1_700_000_000.25
    assert files(warm) == COMPILED | DOWNLOADED


def test_the_object_has_its_checksum_and_one_version(place: Place, warm: Path) -> None:
    store(place, warm)
    found = place.s3.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert len(found["ChecksumSHA256"]) == 44


def test_the_words_of_the_containers(place: Place, warm: Path, cold: Path) -> None:
    marker = cold / ".there"
    assert main(["check"], environment(cold, marker)) == 0
    assert not marker.exists()
    assert main(["store"], environment(warm, marker)) == 0
    assert main(["check"], environment(cold, marker)) == 0
    assert marker.exists()
    # With the marker nothing is packed, although this folder has something else.
    assert main(["store"], environment(cold, marker)) == 0
    assert main(["fetch"], environment(cold)) == 0
    assert files(cold) == COMPILED | {".there": b""}


def test_the_first_of_two_writers_stays(place: Place, warm: Path, tmp_path: Path, cold: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "late.py").write_bytes(b"late")
    assert "3 files" in store(place, warm)
    assert store(place, other) == f"s3://{BUCKET}/{KEY} is there already: another engine was first"
    fetch(place, cold)
    assert files(cold) == COMPILED


class Overtaken:
    """A client whose put comes after that of another, which had packed its archive too."""

    def __init__(self, s3: Any, other: Path) -> None:
        self.s3, self.other = s3, other

    def put_object(self, **arguments: Any) -> Any:
        assert "3 files" in store(Place(s3=self.s3, bucket=BUCKET, key=KEY), self.other)
        return self.s3.put_object(**arguments)


def test_of_two_writers_at_once_one_archive_stays_whole(place: Place, warm: Path, tmp_path: Path, cold: Path) -> None:
    late = tmp_path / "late"
    late.mkdir()
    (late / "late.py").write_bytes(b"late")
    assert "another engine was first" in store(Place(s3=Overtaken(place.s3, warm), bucket=BUCKET, key=KEY), late)
    fetch(place, cold)
    assert files(cold) == COMPILED


class Refusing:
    """A client whose first puts fail."""

    def __init__(self, s3: Any, *failures: Exception) -> None:
        self.s3, self.failures = s3, list(failures)

    def put_object(self, **arguments: Any) -> Any:
        if self.failures:
            raise self.failures.pop(0)
        return self.s3.put_object(**arguments)


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")


def test_a_busy_bucket_is_tried_again_and_a_refusal_is_not(place: Place, warm: Path) -> None:
    busy = failure("ConditionalRequestConflict"), EndpointConnectionError(endpoint_url="https://s3")
    again = Place(s3=Refusing(place.s3, *busy), bucket=BUCKET, key=KEY)
    assert "3 files" in store(again, warm)
    refused = Place(s3=Refusing(place.s3, failure("AccessDenied")), bucket=BUCKET, key="other")
    with pytest.raises(CacheError, match=r"given up after 1 attempts: .*AccessDenied"):
        store(refused, warm)


def test_nothing_compiled_and_too_much_are_not_kept(place: Place, warm: Path, cold: Path) -> None:
    with pytest.raises(CacheError, match="compiled nothing"):
        store(place, cold)
    with pytest.raises(CacheError, match="more than 3 entries"):
        store(place, warm, Bounds(entries=3))
    with pytest.raises(CacheError, match="or 1000 bytes: nothing is kept"):
        store(place, warm, Bounds(bytes=1000))
    with pytest.raises(CacheError, match="and 1000 are allowed"):
        store(place, warm, Bounds(archive_bytes=1000))
    assert not place.exists()


def test_a_link_in_the_cache_is_not_followed(place: Place, warm: Path, cold: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("token")
    (warm / "triton/link").symlink_to(tmp_path / "secret")
    (warm / "triton/folder").symlink_to(tmp_path)
    store(place, warm)
    fetch(place, cold)
    assert files(cold) == COMPILED


OUTSIDE = tar(("../../etc/x", b""))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (OUTSIDE, "'../../etc/x', which is outside the cache"),
        (tar(("a/../../x", b"")), "outside the cache"),
        (tar(("/etc/x", b"")), "'/etc/x', which is outside the cache"),
        (tar((".there", b"")), "outside the cache"),
        (tar(special("a", tarfile.SYMTYPE, "/etc")), "neither a file nor a folder"),
        (tar(("a", b""), special("b", tarfile.LNKTYPE, "a")), "'b', which is neither a file nor a folder"),
        (tar(special("a", tarfile.FIFOTYPE)), "neither a file nor a folder"),
        (tar(special("a", tarfile.CHRTYPE)), "neither a file nor a folder"),
        (tar(("a", b"1"), ("a", b"2")), "cannot be unpacked: FileExistsError"),
        (tar(("a", b"1"), ("a/b", b"2")), "cannot be unpacked: "),
        (tar(*((f"f{n}", b"") for n in range(5))), "more than 4 entries or 1000 bytes"),
        (tar(("a", bytes(1001))), "more than 4 entries or 1000 bytes"),
        (tar(("a", bytes(9000)))[:2000], "more than 4 entries or 1000 bytes"),
        (tar(("a", bytes(900)))[:1000], "cannot be unpacked: "),
        (b"no tar at all", "cannot be unpacked: ReadError"),
        (bytes(30_000), "has more than 20000 bytes"),
    ],
)
def test_an_archive_that_may_not_be_unpacked(place: Place, cold: Path, content: bytes, message: str) -> None:
    place.s3.put_object(Bucket=BUCKET, Key=KEY, Body=content, ChecksumAlgorithm="SHA256")
    with pytest.raises(CacheError, match=message):
        fetch(place, cold, Bounds(archive_bytes=20_000, bytes=1000, entries=4))
    assert list(cold.iterdir()) == [], "nothing of it stays"
    assert not (cold.parent / "etc").exists()


def test_headers_that_fill_the_memory_are_refused(tmp_path: Path) -> None:
    archive, header = tmp_path / "archive.tar", tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1024**3
    archive.write_bytes(header.tobuf(tarfile.USTAR_FORMAT))
    os.truncate(archive, 1024**3 + 2048)
    code = (
        "import pathlib, sys; from components.payloads.compile_cache import *; bound_memory(); "
        "unpack(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), BOUNDS)"
    )
    command = [sys.executable, "-c", code, str(archive), str(tmp_path / "files")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("CacheError: the archive cannot be unpacked: MemoryError:")


class Tampering:
    """A client that hands out other bytes than it has the checksum of."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3

    def get_object(self, **arguments: Any) -> Any:
        found = self.s3.get_object(**arguments)
        body = self.s3.get_object(Bucket=BUCKET, Key="tampered")["Body"]
        return found | {"Body": body}


def test_an_archive_that_was_changed(place: Place, warm: Path, cold: Path) -> None:
    store(place, warm)
    place.s3.put_object(Bucket=BUCKET, Key="tampered", Body=tar(("x.py", b"evil")))
    with pytest.raises(CacheError, match="another SHA-256"):
        fetch(Place(s3=Tampering(place.s3), bucket=BUCKET, key=KEY), cold)
    assert list(cold.iterdir()) == []


def test_an_archive_without_a_checksum_is_refused(place: Place, cold: Path) -> None:
    place.s3.put_object(Bucket=BUCKET, Key=KEY, Body=tar(("x.py", b"x")), ChecksumAlgorithm="CRC32")
    with pytest.raises(CacheError, match="another SHA-256"):
        fetch(place, cold)


def test_a_slow_bucket_is_not_waited_for(place: Place, warm: Path, cold: Path) -> None:
    store(place, warm)
    with pytest.raises(CacheError, match="did not come within -1 s"):
        fetch(place, cold, seconds=-1)


def test_an_engine_that_ran_keeps_its_own(place: Place, warm: Path, cold: Path) -> None:
    store(place, warm)
    (cold / "vllm").mkdir()
    with pytest.raises(CacheError, match="has a cache already"):
        fetch(place, cold)
    assert files(cold) == {}


def test_without_an_archive_the_engine_starts(place: Place, cold: Path, caplog: pytest.LogCaptureFixture) -> None:
    def said(**changes: str) -> str:
        caplog.clear()
        assert main(["fetch"], environment(cold) | changes) == 0
        (record,) = caplog.records
        return record.getMessage()

    missing = f"no compile cache: s3://{BUCKET}/{KEY} is not there, or may not be read (NoSuchKey); the engine compiles"
    assert said() == missing
    assert "NoSuchBucket" in said(BUCKET="other")
    assert "FileNotFoundError" in said(FOLDER="/no/such/folder")
    place.s3.put_object(Bucket=BUCKET, Key=KEY, Body=OUTSIDE, ChecksumAlgorithm="SHA256")
    assert said().endswith("which is outside the cache; the engine compiles")


def test_a_bucket_that_cannot_be_asked_starts_no_engine(place: Place, cold: Path) -> None:
    class Away:
        def head_object(self, **_: str) -> None:
            raise EndpointConnectionError(endpoint_url="https://s3")

    with pytest.raises(CacheError, match="EndpointConnectionError"):
        Place(s3=Away(), bucket=BUCKET, key=KEY).exists()
