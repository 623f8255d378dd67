"""Which files of a model hold its weights, and how large they are together.

vLLM loads the ``*.safetensors`` files that ``model.safetensors.index.json`` names (``filter_duplicate_safetensors_files``
in ``model_executor/model_loader/weight_utils.py``), else PyTorch's ``*.bin`` files.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from planner.catalog.sources.documents import INDEX_BYTES, ModelFiles, read_object
from planner.catalog.sources.errors import SourceError
from planner.model.stored import StoredWeights

INDICES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_SHARD = re.compile(r"(.+)-(\d+)-of-(\d+)\.(?:safetensors|bin)")
_BESIDE = ("adapter", "consolidated", "optimizer", "scheduler", "training_args")
"""Beginnings of files that hold the same weights again in Mistral's own format, or no weights of the model."""
_LARGEST = 2**60
"""Bytes or parameters beyond which a figure is not one of a model."""
_POINTER_BYTES = 1024
"""A weight file below this size is a Git LFS pointer: about 130 bytes."""


def weight_files(names: Iterable[str]) -> tuple[str, ...]:
    """Of the files in a model's folder, those whose sizes add up to its weights; empty where some are missing."""
    here = sorted(name for name in names if "/" not in name)
    for suffix in (".safetensors", ".bin"):
        every = [name for name in here if name.endswith(suffix)]
        found = [name for name in every if not name.startswith(_BESIDE)]
        if not found and suffix == ".safetensors":
            found = [name for name in every if name.startswith("consolidated")]
        if found:
            return _one_set(found)
    return ()


def stored_in(files: ModelFiles, sizes: Mapping[str, int]) -> StoredWeights | None:
    """Size of the weights by an index and the sizes of the files; None where neither states it."""
    for name in INDICES:
        index = _index(files, name)
        if index is None:
            continue
        named = (
            set(map(str, index.get("weight_map", {}).values())) if isinstance(index.get("weight_map"), dict) else set()
        )
        parameters = _count(index, "total_parameters")
        if named and (total := added(named, sizes)):
            return StoredWeights(bytes=total, parameters=parameters, origin=f"the files that {name} lists")
        if total := _count(index, "total_size"):
            return StoredWeights(bytes=total, parameters=parameters, origin=name)
    total = added(weight_files(sizes), sizes)
    return StoredWeights(bytes=total, origin="the sizes of its weight files") if total else None


def added(names: Iterable[str], sizes: Mapping[str, int]) -> int | None:
    """The size of some files together; None if there are none, or one is missing or a Git LFS pointer."""
    each = [sizes.get(name, 0) for name in names]
    return sum(each) if each and min(each) >= _POINTER_BYTES else None


def _index(files: ModelFiles, name: str) -> Mapping[str, Any] | None:
    try:
        return read_object(files, name, INDEX_BYTES)
    except SourceError:
        # It adds a cross-check, so a broken one is as good as none.
        return None


def _count(index: Mapping[str, Any], key: str) -> int | None:
    metadata = index.get("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LARGEST:
        return None
    return int(value)


def _one_set(found: list[str]) -> tuple[str, ...]:
    """One complete set of numbered files, the model's own if there are several; all files where none is numbered."""
    sets: dict[tuple[str, int], list[str]] = {}
    for name in found:
        if shard := _SHARD.fullmatch(name):
            sets.setdefault((shard[1], int(shard[3])), []).append(name)
    if not sets:
        whole = [name for name in found if name in {"model.safetensors", "pytorch_model.bin"}]
        return tuple(whole or found)
    complete = {key: names for key, names in sets.items() if len(names) == key[1]}
    own = [names for (prefix, _), names in complete.items() if prefix in {"model", "pytorch_model"}]
    return tuple(next(iter(own or complete.values()), ()))
