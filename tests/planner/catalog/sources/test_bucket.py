"""Sizes of a model in a bucket, and messages without credentials."""

import json

import boto3
import pytest

from planner.catalog.model_sources import SourceError, find_model
from tests.planner.configs import llama


def put(bucket: str, **objects: bytes) -> None:
    client = boto3.client("s3")
    for name, body in objects.items():
        client.put_object(Bucket=bucket, Key=f"weights/small/{name}", Body=body)


def test_no_size_without_weights(bucket: str) -> None:
    assert find_model(f"s3://{bucket}/weights/small").stored is None


def test_sizes_by_the_listing(bucket: str) -> None:
    put(
        bucket,
        **{
            "model-00001-of-00002.safetensors": bytes(5_000),
            "model-00002-of-00002.safetensors": bytes(4_000),
            "consolidated.safetensors": bytes(9_000),
            "original/model.safetensors": bytes(9_000),
        },
    )
    put("models", **{"../small-other/model.safetensors": bytes(9_000)})
    for reference in (f"s3://{bucket}/weights/small/", f"s3://{bucket}/weights/small/config.json"):
        stored = find_model(reference).stored
        assert stored is not None
        assert stored.bytes == 9_000


def test_the_index_of_weights_that_are_elsewhere(bucket: str) -> None:
    index = {"metadata": {"total_size": 16_060_522_496}, "weight_map": {"a": "model-00001-of-00004.safetensors"}}
    put(bucket, **{"model.safetensors.index.json": json.dumps(index).encode()})
    stored = find_model(f"s3://{bucket}/weights/small").stored
    assert stored is not None
    assert stored.bytes == 16_060_522_496


def test_a_model_at_the_top_of_a_bucket(bucket: str) -> None:
    client = boto3.client("s3")
    client.put_object(Bucket=bucket, Key="config.json", Body=json.dumps(llama()).encode())
    client.put_object(Bucket=bucket, Key="model.safetensors", Body=bytes(4_096))
    stored = find_model(f"s3://{bucket}/config.json").stored
    assert stored is not None
    assert stored.bytes == 4_096


def test_a_file_of_another_name_stands_alone(bucket: str) -> None:
    put(bucket, **{"llama.json": json.dumps(llama()).encode(), "model.safetensors": bytes(4_096)})
    assert find_model(f"s3://{bucket}/weights/small/llama.json").stored is None


def test_a_bucket_that_does_not_exist(bucket: str) -> None:
    with pytest.raises(SourceError, match="cannot be read: S3 answers NoSuchBucket"):
        find_model("s3://no-such-bucket-here/x")


@pytest.mark.parametrize("name", ["s3://a b/x", "s3://Ünïcode/x", "s3://x/" + "k" * 5_000, "s3://models/a\nb"])
def test_a_name_that_is_not_one(bucket: str, name: str) -> None:
    with pytest.raises(SourceError) as raised:
        find_model(name)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\x00", "é"])
def test_credentials_that_cannot_be_sent_are_never_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str, ending: str
) -> None:
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIAHUNTER2",
        "AWS_SECRET_ACCESS_KEY": "hunter2hunter2",
        "AWS_SESSION_TOKEN": "hunter2session",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_CONFIG_FILE": "/nowhere",
        "PATH": "",
    }
    monkeypatch.setattr("os.environ", {**environment, variable: environment[variable] + ending})
    with pytest.raises(SourceError) as raised:
        find_model("s3://models/weights/small")
    assert "hunter2" not in str(raised.value).lower()


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "os.environ",
        {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"},
    )
    with pytest.raises(SourceError, match="cannot be read: Unable to locate credentials"):
        find_model("s3://models/weights/small")
