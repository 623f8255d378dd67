"""A Hub and a bucket for the tests of where models come from."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.planner.catalog.hub import FakeHub, served
from tests.planner.configs import llama

REGION = "us-east-1"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub that has ``open/model`` and a gated one."""
    for variable in ("HF_TOKEN", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with served() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        hub.file("open/model", "config.json", llama())
        hub.file("gated/model", "config.json", b"", status=403)
        yield hub


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with a model below ``weights/small``."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="models")
        client.put_object(Bucket="models", Key="weights/small/config.json", Body=json.dumps(llama()).encode())
        yield "models"
