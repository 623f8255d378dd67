"""The models the planner knows by name, so that it needs no network."""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from planner.model.architecture import ModelArchitecture
from planner.model.reading import read_architecture

_DIGITS = re.compile(r"\d+")
_MISSPELT = 0.93
"""Of `difflib`'s ratio: one or two letters of a name of usual length. A fine-tune under another owner's name is at 0.85."""


@dataclass(frozen=True, kw_only=True)
class Total:
    """How large a checkpoint is, as a source beside its ``config.json`` states it."""

    source: str
    """Where the figure was read: a URL, and which figure of the page."""
    parameters: int | None = None
    """Parameters in its files, exactly."""
    bytes: int | None = None
    """Bytes of its tensors: ``total_size`` of the safetensors index."""
    elements: int | None = None
    """What the Hub counts for parameters in files that quantization packed into 4 bits."""
    per_packed: float = 1.0
    """How many of ``elements`` stand for one packed parameter: 1/2 of NVFP4, two of which share a byte, or 9/16 where scales
    are counted too; 33/32 of integers that share a scale of 32, which are counted one by one."""
    stated_billion: float | None = None
    """Billions of parameters as its card states them, rounded, where no exact figure is public."""
    mtp_layers: int = 0
    """Layers for multi-token prediction in its files; vLLM loads them for speculative decoding only."""
    vocabulary_matrices: int = 0
    """Embeddings and output layers in its files that vLLM does not load, such as copies of a tied output layer; negative
    where the files lack the output layer, as those of embedding models do."""

    @property
    def exact(self) -> bool:
        """Whether it is a count rather than a rounded figure."""
        return self.stated_billion is None


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """One model of the catalogue."""

    name: str
    """On the Hugging Face Hub, as OWNER/NAME."""
    aliases: tuple[str, ...]
    """Other models with the same dimensions."""
    source: str
    """Where its ``config.json`` was read."""
    total: Total
    """How large it is."""
    config: Mapping[str, Any]
    """The keys of its ``config.json`` that bear on memory."""

    @property
    def shape(self) -> ModelArchitecture:
        """Its dimensions."""
        return read_architecture(self.config)


def known_model(name: str) -> KnownModel | None:
    """The catalogue's entry for a Hub name, upper or lower case."""
    return _by_name().get(name.strip().lower())


def known_models() -> tuple[KnownModel, ...]:
    """Every entry, by name."""
    return _entries()


def nearest_models(name: str) -> list[str]:
    """Names in the catalogue that look like this one."""
    found = difflib.get_close_matches(name.strip().lower(), _by_name(), n=3)
    return [_by_name()[match].name for match in found]


def misspelt_model(name: str) -> str | None:
    """The catalogue's name of which this one is a misspelling, None for another model.

    Another number, of a size or a version, is another model; so is one whose letters differ by more than a few.
    """
    key = name.strip().lower()
    digits = _DIGITS.findall(key)
    for near in difflib.get_close_matches(key, _by_name(), n=3, cutoff=_MISSPELT):
        if _DIGITS.findall(near) == digits:
            return _by_name()[near].name
    return None


@cache
def _entries() -> tuple[KnownModel, ...]:
    folder = resources.files("planner").joinpath("data", "models")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return tuple(
        KnownModel(
            name=row["id"],
            aliases=tuple(row["aliases"]),
            source=row["config_source"],
            total=Total(**row["total"]),
            config=row["config"],
        )
        for row in rows
    )


@cache
def _by_name() -> Mapping[str, KnownModel]:
    return MappingProxyType({name.lower(): entry for entry in _entries() for name in (*entry.aliases, entry.name)})
