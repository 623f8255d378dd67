"""Which files count, and which index is believed."""

import json
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.sources.folder import FolderFiles
from planner.catalog.sources.weight_files import weight_files
from planner.model.stored import StoredWeights

INDEX = "model.safetensors.index.json"
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def stored(folder: Path, index: Any = None, **sizes: int) -> StoredWeights | None:
    for name, size in sizes.items():
        with (folder / name).open("wb") as file:
            file.truncate(size)
    if index is not None:
        (folder / INDEX).write_bytes(index if isinstance(index, bytes) else json.dumps(index).encode())
    return FolderFiles(folder).stored()


@pytest.mark.parametrize(
    ("names", "counted"),
    [
        ([], ()),
        (["config.json", "tokenizer.json"], ()),
        (["model.safetensors"], ("model.safetensors",)),
        (["model.safetensors", "consolidated.safetensors"], ("model.safetensors",)),
        (["consolidated.safetensors", "params.json"], ("consolidated.safetensors",)),
        (["consolidated-00001-of-00001.safetensors", FIRST, SECOND], (FIRST, SECOND)),
        ([SECOND, FIRST, "pytorch_model-00001-of-00001.bin"], (FIRST, SECOND)),
        ([FIRST], ()),  # a download that is not complete
        (["adapter_model.safetensors"], ()),
        (["model.safetensors", "adapter_model.safetensors"], ("model.safetensors",)),
        (["model.safetensors", "model.fp16.safetensors"], ("model.safetensors",)),
        (["original/model.safetensors", "onnx/model.safetensors"], ()),
        (["layers-0.safetensors", "layers-1.safetensors"], ("layers-0.safetensors", "layers-1.safetensors")),
        (["pytorch_model.bin", "training_args.bin", "optimizer.bin"], ("pytorch_model.bin",)),
        (["model.fp16-00001-of-00001.safetensors", FIRST, SECOND], (FIRST, SECOND)),
        (["model-00001-of-000002.safetensors", "model-00002-of-000002.safetensors"],) * 2,
    ],
)
def test_each_weight_counts_once(names: list[str], counted: tuple[str, ...]) -> None:
    assert weight_files(names) == tuple(counted)


def test_files_of_an_index_by_their_sizes(tmp_path: Path) -> None:
    index = {
        "metadata": {"total_size": 1, "total_parameters": 4_400},
        "weight_map": {"a": FIRST, "b": SECOND, "c": FIRST},
    }
    found = stored(tmp_path, index, **{FIRST: 5_000, SECOND: 4_000, "extra.safetensors": 9_000})
    assert found is not None
    assert (found.bytes, found.parameters) == (9_000, 4_400)


def test_a_clone_without_its_large_files_has_the_total_of_the_index(tmp_path: Path) -> None:
    index = {"metadata": {"total_size": 16_060_522_496}, "weight_map": {"a": FIRST, "b": SECOND}}
    found = stored(tmp_path, index, **{FIRST: 135, SECOND: 135})
    assert found is not None
    assert (found.bytes, found.origin) == (16_060_522_496, INDEX)


def test_pointers_alone_state_nothing(tmp_path: Path) -> None:
    assert stored(tmp_path, **{FIRST: 135, SECOND: 135}) is None


@pytest.mark.parametrize(
    "index",
    [
        b"{",
        b"[" * 200_000,
        [],
        {},
        {"metadata": None, "weight_map": None},
        {"metadata": [], "weight_map": [FIRST]},
        {"metadata": {"total_size": "17"}, "weight_map": {"a": 3}},
        {"metadata": {"total_size": -1}},
        {"metadata": {"total_size": True}},
        {"metadata": {"total_size": float("nan")}},
        {"metadata": {"total_size": 10**400}},
    ],
)
def test_a_broken_index_is_as_good_as_none(tmp_path: Path, index: Any) -> None:
    found = stored(tmp_path, index, **{FIRST: 5_000, SECOND: 4_000})
    assert found is not None
    assert (found.bytes, found.parameters) == (9_000, None)


def test_a_size_written_as_a_float(tmp_path: Path) -> None:
    found = stored(tmp_path, {"metadata": {"total_size": 16060522496.0}})
    assert found is not None
    assert found.bytes == 16_060_522_496


def test_the_shards_may_be_links_into_a_cache(tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots"
    blobs.mkdir()
    snapshot.mkdir()
    (blobs / "abc").write_bytes(bytes(5_000))
    (snapshot / "model.safetensors").symlink_to("../blobs/abc")
    (snapshot / "broken.safetensors").symlink_to("../blobs/none")
    found = FolderFiles(snapshot).stored()
    assert found is not None
    assert found.bytes == 5_000
