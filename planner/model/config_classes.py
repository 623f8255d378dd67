"""What the classes of Transformers and vLLM add to a ``config.json``: defaults, names of keys, whether networks have a gate.

The table is written by :mod:`tools.config_classes` from the published packages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from planner.tables import read_table


@dataclass(frozen=True, kw_only=True)
class ConfigClass:
    """What the class of one ``model_type`` adds."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Values of keys that a configuration may omit."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """The class's own name of a key, by the usual one."""
    sub: Mapping[str, str] = field(default_factory=dict)
    """``model_type`` of the configurations within, by key, where those do not name it."""
    gated: bool | None = None
    """Whether networks have a gate; None where the class does not show it."""


_NONE = ConfigClass()


def config_class(model_type: str) -> ConfigClass:
    """The class of a ``model_type``; one that adds nothing where none is known."""
    row = _rows().get(model_type)
    return ConfigClass(**row) if row else _NONE


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    rows: Mapping[str, Mapping[str, Any]] = read_table("config-classes.json")["classes"]
    return rows
