"""The models the planner knows by name, so that it needs no network."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from planner.model.architecture import ModelArchitecture
from planner.model.reading import read_architecture


@dataclass(frozen=True, kw_only=True)
class KnownModel:
    """One model of the catalogue."""

    name: str
    """On the Hugging Face Hub, as OWNER/NAME."""
    aliases: tuple[str, ...]
    """Other models with the same dimensions."""
    source: str
    """Where its figures are published."""
    billion_parameters: float
    """Parameters as its card states them."""
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


@cache
def _entries() -> tuple[KnownModel, ...]:
    folder = resources.files("planner").joinpath("data", "models")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return tuple(
        KnownModel(
            name=row["id"],
            aliases=tuple(row["aliases"]),
            source=row["source"],
            billion_parameters=row["billion_parameters"],
            config=row["config"],
        )
        for row in rows
    )


@cache
def _by_name() -> Mapping[str, KnownModel]:
    return MappingProxyType({name.lower(): entry for entry in _entries() for name in (*entry.aliases, entry.name)})
