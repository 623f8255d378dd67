"""Copies of Ollama models: from a registry into a folder or a bucket, and from the bucket into a folder."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from components.payloads import ollama_model
from components.payloads.ollama_model import (
    Bucket,
    CopyError,
    Folder,
    MissingError,
    Name,
    RegistrySource,
    complete,
    copy,
)
from rehearsal.images.ollama import registry

LLAMA, QWEN = Name.parse("llama3.1:8b"), Name.parse("qwen2.5-coder:7b")


@pytest.fixture(scope="module")
def source() -> RegistrySource:
    return RegistrySource(registry.start("127.0.0.1"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="models")
        yield Bucket("s3://models/weights/llama")


def files(root: Path) -> set[str]:
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def test_from_the_registry_to_the_bucket_to_a_folder(source: RegistrySource, bucket: Bucket, tmp_path: Path) -> None:
    target = Folder(str(tmp_path))
    copy(LLAMA, source, bucket)
    assert complete(LLAMA, bucket)
    assert not complete(LLAMA, target)
    copy(LLAMA, bucket, target)
    assert complete(LLAMA, target)
    written = files(tmp_path)
    assert "manifests/registry.ollama.ai/library/llama3.1/8b" in written
    assert len([path for path in written if path.startswith("blobs/sha256-")]) == 5


def test_another_model_takes_the_place_of_the_first(source: RegistrySource, tmp_path: Path) -> None:
    target = Folder(str(tmp_path))
    copy(LLAMA, source, target)
    copy(QWEN, source, target)
    assert (complete(LLAMA, target), complete(QWEN, target)) == (False, True)
    assert len(files(tmp_path)) == 6


def test_the_volume_holds_one_model_at_a_time(
    source: RegistrySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Folder(str(tmp_path))
    copy(LLAMA, source, target)
    kept: list[set[str]] = []
    write = Folder.write

    def watched(self: Folder, path: str, stream: ollama_model.Checked, size: int) -> None:
        kept.append(files(tmp_path))
        write(self, path, stream, size)

    monkeypatch.setattr(Folder, "write", watched)
    copy(QWEN, source, target)
    assert kept[0] < files(tmp_path), (
        "what the models share is kept, all else of the first one is gone before the first byte"
    )


def test_a_complete_target_needs_no_source(
    source: RegistrySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(LLAMA, source, Folder(str(tmp_path)))
    for name, value in {
        "MODEL": "llama3.1:8b",
        "TARGET": str(tmp_path),
        "REGISTRY_ENDPOINT": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    ollama_model.main()


def test_a_missing_blob_is_copied_again(source: RegistrySource, tmp_path: Path) -> None:
    target = Folder(str(tmp_path))
    copy(LLAMA, source, target)
    next((tmp_path / "blobs").iterdir()).unlink()
    assert not complete(LLAMA, target)
    copy(LLAMA, source, target)
    assert complete(LLAMA, target)


def test_a_blob_that_is_not_what_its_name_says_is_refused(
    bucket: Bucket, source: RegistrySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(LLAMA, source, bucket)
    [blob, *_] = ollama_model.blobs(bucket.manifest(LLAMA))
    boto3.client("s3").put_object(Bucket="models", Key=f"weights/llama/{blob.path}", Body=b"x" * blob.size)
    monkeypatch.setattr(ollama_model.time, "sleep", lambda _: None)
    monkeypatch.setattr(ollama_model.retried, "__defaults__", (lambda _: None,))
    with pytest.raises(CopyError, match="others than announced"):
        copy(LLAMA, bucket, Folder(str(tmp_path)))
    assert not any("manifests" in path for path in files(tmp_path))


def test_models_that_are_not_there(source: RegistrySource, bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"has no model llama3\.1:9b"):
        copy(Name.parse("llama3.1:9b"), source, Folder(str(tmp_path)))
    with pytest.raises(MissingError, match=r"weights\.mirror: true"):
        copy(LLAMA, bucket, Folder(str(tmp_path)))


def test_names() -> None:
    assert LLAMA.manifest == "manifests/registry.ollama.ai/library/llama3.1/8b"
    for text in ("a b", "llama3.1", "me/llama3.1:8b", "../x:8b/.."):
        with pytest.raises(CopyError, match="is not a model of Ollama's library"):
            Name.parse(text)


def test_malformed_manifests() -> None:
    with pytest.raises(CopyError, match="malformed"):
        ollama_model.blobs(b"{}")
    wrong = {"config": {"digest": "sha256:../../etc", "size": 1}, "layers": []}
    with pytest.raises(CopyError, match="not a SHA-256 digest"):
        ollama_model.blobs(json.dumps(wrong).encode())
