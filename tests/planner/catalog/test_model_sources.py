"""Where a configuration comes from, and the one line that says why there is none."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from planner.catalog.model_sources import SourceError, find_model
from tests.planner.configs import llama

REGION = "us-east-1"


class Hub(BaseHTTPRequestHandler):
    """A Hub on loopback: one open model, one gated, one that sends no JSON."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        type(self).asked.append((self.path, self.headers.get("Authorization")))
        status = {"open": 200, "broken": 200, "gated": 403}.get(self.path.split("/")[1], 404)
        self.send_response(status)
        self.end_headers()
        if status == 200:
            self.wfile.write(json.dumps(llama()).encode() if "open" in self.path else b"<html>")

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    Hub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    yield Hub
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="models")
        client.put_object(Bucket="models", Key="weights/small/config.json", Body=json.dumps(llama()).encode())
        yield "models"


def test_a_file_and_its_folder_are_the_same_model(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(llama()), encoding="utf-8")
    assert find_model(str(path)).shape == find_model(str(tmp_path)).shape
    assert find_model(str(tmp_path)).origin == str(path)


def test_the_catalogue_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert find_model("Qwen/Qwen3-8B").origin == "the catalogue"


def test_the_hub_is_asked_for_what_is_not_in_the_catalogue(hub: type[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    assert len(find_model("open/model").shape.layers) == 16
    assert hub.asked == [("/open/model/resolve/main/config.json", "Bearer hf_made_up")]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gated/model", "the Hub answers 403: accept its licence and set HF_TOKEN"),
        ("nobody/model", "the Hub answers 404: check the name"),
        ("broken/model", "is not JSON"),
    ],
)
def test_what_the_hub_refuses(hub: type[Hub], name: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        find_model(name)
    assert hub.asked


def test_a_hub_out_of_reach_names_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        SourceError, match=r"cannot be reached .* the path of its config.json; the catalogue has .*Qwen"
    ):
        find_model("Qwen/Qwen3-8")


def test_weights_in_a_bucket(bucket: str) -> None:
    for reference in (f"s3://{bucket}/weights/small", f"s3://{bucket}/weights/small/config.json"):
        found = find_model(reference)
        assert (found.origin, len(found.shape.layers)) == (reference, 16)


def test_a_bucket_without_it(bucket: str) -> None:
    with pytest.raises(SourceError, match=r"s3://models/weights/large/config.json cannot be read: .*NoSuchKey"):
        find_model(f"s3://{bucket}/weights/large/")
    with pytest.raises(SourceError, match="names no object: write it like s3://BUCKET/weights"):
        find_model(f"s3://{bucket}")


def test_a_bucket_without_the_aws_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SourceError, match="needs boto3, which is not installed: pip install boto3"):
        find_model("s3://models/weights/small")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not JSON: "),
        ("[1]", "is not a JSON object: it should be a model's config.json"),
        ("{}", r"model_type \?\) has no hidden_size, num_hidden_layers, num_attention_heads, vocab_size"),
        (json.dumps(llama(num_attention_heads=0)), "has no num_attention_heads"),
        (json.dumps(llama(hidden_size="2048")), "has no hidden_size"),
        (json.dumps(llama(intermediate_size="wide")), "a value of a wrong kind"),
        (json.dumps(llama(quantization_config="fp8")), "a value of a wrong kind"),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=told):
        find_model(str(tmp_path))


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no config.json: name the folder of a model"):
        find_model(str(tmp_path))


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(SourceError, match=r"config.json cannot be read: Is a directory"):
        find_model(str(tmp_path))


def test_a_reference_that_is_nothing() -> None:
    with pytest.raises(SourceError, match="no such file or folder, and no name like meta-llama/"):
        find_model("./nowhere/config.json")
