"""Records out of the bucket of a platform."""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from benchmark.storage import Bucket, keep
from portal import background_cache
from portal.background_cache import Cached
from portal.benchmarks.reading import MOST_RECORDS, Benchmarks
from portal.platforms import Platforms, Storage
from tests.benchmark.samples import RECORD

AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class OnePlatform:
    """A platform with a bucket."""

    bucket: str | None = "models-1"

    def storage(self, name: str) -> Storage | None:
        return Storage(platform=name, bucket=self.bucket, region="us-east-1") if self.bucket else None


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(background_cache, "_FAILED_SECONDS", 0.0)
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="models-1")
        yield client


def benchmarks(platform: OnePlatform) -> Benchmarks:
    return Benchmarks(cast("Platforms", platform), AWS)


def look(found: Benchmarks, done: Callable[[Cached[Any]], object]) -> Cached[Any]:
    end = time.monotonic() + 60
    while not done(one := found.of_service("dev", "dev/chat")):
        assert time.monotonic() < end, one
        time.sleep(0.02)
    return one


def test_the_newest_are_first(s3: Any) -> None:
    storage = Bucket(s3, "models-1", "dev/chat")
    for day in range(1, MOST_RECORDS + 3):
        keep(storage, RECORD | {"started": f"2026-01-{day:02}T12:00:00Z"})
    keep(storage, RECORD | {"started": "2026-02-01T12:00:00Z", "kind": "sweep"})
    found = look(benchmarks(OnePlatform()), lambda one: one.value is not None).value
    assert [one["started"][8:10] for one in found] == [f"{day:02}" for day in range(MOST_RECORDS + 2, 2, -1)]


def test_a_platform_without_a_bucket_and_a_service_without_records(s3: Any) -> None:
    assert look(benchmarks(OnePlatform()), lambda one: one.value is not None).value == ()
    without = OnePlatform()
    without.bucket = None
    assert look(benchmarks(without), lambda one: one.value is not None).value == ()


def test_a_bucket_that_cannot_be_read(s3: Any) -> None:
    gone = OnePlatform()
    gone.bucket = "gone"
    problem = look(benchmarks(gone), lambda one: one.problem and "being read" not in one.problem).problem
    assert "NoSuchBucket" in problem
    assert "its role needs s3:ListBucket" in problem
