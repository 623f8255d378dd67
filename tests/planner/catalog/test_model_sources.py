"""Where a configuration comes from, and the one line that says why there is none."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from planner.catalog import model_sources
from planner.catalog.model_sources import SourceError, find_model
from tests.planner.catalog.hub import FakeHub
from tests.planner.configs import llama

FP8 = {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}}


def test_a_file_and_its_folder_are_the_same_model(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(llama()), encoding="utf-8")
    assert find_model(str(path)).shape == find_model(str(tmp_path)).shape
    assert find_model(str(tmp_path)).origin == str(path)


def test_the_catalogue_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert find_model("Qwen/Qwen3-8B").origin == "the catalogue"


def test_the_hub_is_asked_for_what_is_not_in_the_catalogue(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_made_up")
    found = find_model("open/model")
    assert (found.origin, found.shape.hidden) == (hub.url, 2048)
    assert hub.seen[0] == ("/open/model/resolve/main/config.json", "Bearer hf_made_up")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gated/model", "the Hub answers 403: accept its licence and set HF_TOKEN"),
        ("absent/model", "the Hub answers 404: check the name"),
        ("broken/model", "is not JSON"),
    ],
)
def test_what_the_hub_refuses(hub: FakeHub, name: str, said: str) -> None:
    hub.file("broken/model", "config.json", b"<html>")
    with pytest.raises(SourceError, match=said):
        find_model(name)
    assert hub.seen


def test_a_hub_out_of_reach_names_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        SourceError, match=r"cannot be reached .* the path of its config.json; the catalogue has .*Qwen"
    ):
        find_model("Qwen/Qwen3-8")


def test_weights_in_a_bucket(bucket: str) -> None:
    for reference in (f"s3://{bucket}/weights/small", f"s3://{bucket}/weights/small/config.json"):
        assert find_model(reference).origin == reference


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
    ("content", "said"),
    [
        (b"{", "is not JSON: "),
        (b"\x1f\x8b\x08\x00", "is not JSON: "),
        (b"[1]", "is not a JSON object: it should be a model's config.json"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"a":' * 200_000, "is nested too deeply"),
        (b'{"hidden_size": 1' + b"0" * 5_000 + b"}", "is not JSON: Exceeds the limit"),
        (b" " * (16 * 2**20 + 1), "is larger than 16 MiB"),
    ],
)
def test_a_file_that_is_not_a_configuration(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(SourceError, match=said) as raised:
        find_model(str(tmp_path))
    assert "\n" not in str(raised.value)


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "config.json").open("wb") as file:
        file.truncate(100 * 2**30)  # sparse
    with pytest.raises(SourceError, match="is larger than 16 MiB"):
        find_model(str(tmp_path))


def test_a_pipe_that_nothing_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "config.json")
    monkeypatch.setattr(model_sources, "READ_SECONDS", 0.2)
    with pytest.raises(SourceError, match="no answer within 0"):
        find_model(str(tmp_path))
    (tmp_path / "config.json").open("wb").close()


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has no config.json: name the folder of a model"):
        find_model(str(tmp_path))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(SourceError, match=r"config.json cannot be read: Is a directory"):
        find_model(str(tmp_path))


@pytest.mark.parametrize(
    "reference",
    [
        "./nowhere/config.json",
        "m" * 5_000,
        "o/" + "m" * 5_000,
        "",
        "  ",
        "a\nb",
        "a\x1b[31mb",
        "\udcff",
        "OWNER/NAME/MORE",
        "größe/modell",
        "file:///etc/passwd",
        "https://huggingface.co/Qwen/Qwen3-8B",
    ],
)
def test_a_reference_that_is_nothing(reference: str) -> None:
    with pytest.raises(SourceError) as raised:
        find_model(reference)
    said = str(raised.value)
    assert said.isprintable()
    assert len(said) < 300


def test_the_second_file_of_a_quantization_is_read_where_the_first_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    kept = model_sources.read_architecture
    monkeypatch.setattr(
        model_sources,
        "read_architecture",
        lambda config: (read.append(config.get("hf_quant_config.json")), kept(llama()))[1],
    )
    (tmp_path / "hf_quant_config.json").write_text(json.dumps(FP8), encoding="utf-8")
    for own in (None, {"quant_method": "fp8"}):
        (tmp_path / "config.json").write_text(json.dumps(llama(quantization_config=own)), encoding="utf-8")
        find_model(str(tmp_path))
    assert read == [FP8, None]


def test_a_broken_second_file_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(llama()), encoding="utf-8")
    (tmp_path / "hf_quant_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(SourceError, match=r"hf_quant_config.json of .* is not JSON"):
        find_model(str(tmp_path))


def test_a_single_file_of_another_name_has_no_second_file(tmp_path: Path) -> None:
    (tmp_path / "llama.json").write_text(json.dumps(llama()), encoding="utf-8")
    (tmp_path / "hf_quant_config.json").write_text("{", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(bytes(4_096))
    found = find_model(str(tmp_path / "llama.json"))
    assert found.stored is None


def test_sizes_that_cannot_be_read_in_time_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text(json.dumps(llama()), encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(bytes(4_096))
    assert find_model(str(tmp_path)).stored is not None
    monkeypatch.setattr(model_sources.FolderFiles, "stored", lambda files: time.sleep(2))
    monkeypatch.setattr(model_sources, "READ_SECONDS", 0.3)
    assert find_model(str(tmp_path)).stored is None
