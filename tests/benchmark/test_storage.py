"""Records in a folder and in a bucket."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from benchmark.storage import Bucket, Folder, Storage, StorageError, keep, records
from tests.benchmark.samples import RECORD

LATER = RECORD | {"started": "2026-02-01T00:00:00Z"}
SWEEP = RECORD | {"started": "2026-03-01T00:00:00Z", "kind": "sweep"}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="models")
        yield client


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return Folder(tmp_path / "dev" / "chat")
    return Bucket(request.getfixturevalue("s3"), "models", "dev/chat")


def test_the_newest_of_a_kind_is_first(storage: Storage) -> None:
    assert list(records(storage, "standard")) == []
    for one in (LATER, RECORD, SWEEP):
        keep(storage, one)
    assert list(records(storage, "standard")) == [LATER, RECORD]
    assert list(records(storage, "sweep")) == [SWEEP]


def test_what_is_not_a_record_is_passed_over(storage: Storage) -> None:
    keep(storage, RECORD)
    storage.put("20270101T000000Z-standard.json", b"{")
    storage.put("notes.json", b"{}")
    assert list(records(storage, "standard")) == [RECORD]


def test_a_service_has_its_own_prefix(s3: Any) -> None:
    place = keep(Bucket(s3, "models", "dev/chat"), RECORD)
    assert place == "s3://models/outputs/benchmarks/dev/chat/20260131T120000Z-standard.json"
    assert Bucket(s3, "models", "dev/chat-2").names() == []


def test_a_bucket_that_is_not_there(s3: Any) -> None:
    with pytest.raises(StorageError, match=r"s3://gone/outputs/benchmarks/dev/chat/.*NoSuchBucket"):
        keep(Bucket(s3, "gone", "dev/chat"), RECORD)


def test_a_place_that_can_be_written_is_left_as_it_is(storage: Storage) -> None:
    storage.check()
    assert storage.names() == []


def test_a_bucket_or_folder_that_cannot_be_written_is_found_before_there_is_a_record(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file/dev/chat cannot be written: Not a directory"):
        Folder(tmp_path / "file" / "dev" / "chat").check()
    with pytest.raises(StorageError, match="NoSuchBucket"):
        Bucket(s3, "gone", "dev/chat").check()


def test_a_full_disk_keeps_no_part_of_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        with path.open("wb") as stream:
            stream.write(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left on device"):
        keep(Folder(tmp_path), RECORD)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file/20260131T120000Z-standard\.json cannot be written"):
        keep(Folder(tmp_path / "file"), RECORD)
