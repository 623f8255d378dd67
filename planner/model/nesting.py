"""The language model within a configuration, however deep it is nested, and what stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.model.config_classes import config_class
from planner.model.families import TOWERS
from planner.model.keys import Keys, UnreadableConfigError

_WITHIN = (
    "text_config",
    "thinker_config",
    "llm_config",
    "language_config",
    "language_model_config",
    "text_model_config",
    "llm_backbone_config",
    "language_model",
)
"""Keys of the language model's configuration, or of one that has it."""
_OF_PARTS = ("attn_config", "ffn_config", "moe_config")
"""Objects that describe parts of a layer (DBRX, MPT): read as if their keys stood beside them."""
_DEEPEST = 4


@dataclass(frozen=True, kw_only=True)
class Nested:
    """A configuration, taken apart."""

    outer: Keys
    """The object that has the language model's within; the language model's own where it is not nested."""
    text: Keys
    """The language model's configuration, with what it inherits from the outer one."""
    model_type: str
    """``model_type`` of the language model."""

    @property
    def within(self) -> bool:
        """Whether the language model is nested."""
        return self.outer is not self.text


def language_model(config: Mapping[str, Any]) -> Nested:
    """Find the language model of a configuration.

    Raises:
        UnreadableConfigError: a configuration within is not an object, or they are nested too deep.
    """
    outer, path = config, ""
    inner, key = _inner(config, path)
    if inner is None:
        kind = _kind(config)
        return _flat(config, kind)
    for _ in range(_DEEPEST):
        path = f"{path}.{key}" if path else key
        deeper, key = _inner(inner, path)
        if deeper is None:
            break
        outer, inner = inner, deeper
    else:
        raise UnreadableConfigError(f"{path} in its config.json is nested deeper than any model's")
    parent = str(outer.get("model_type") or "")
    kind = _kind(inner) or config_class(parent).sub.get(path.rpartition(".")[2]) or TOWERS.get(parent) or parent
    outer_path = path.rpartition(".")[0]
    return Nested(outer=Keys(outer, path=outer_path), text=_keys(inner, kind, path), model_type=kind)


def _inner(config: Mapping[str, Any], path: str) -> tuple[Mapping[str, Any] | None, str]:
    for key in _WITHIN:
        nested = config.get(key)
        if nested is None or isinstance(nested, str):
            continue  # some name their language model in words
        if not isinstance(nested, Mapping):
            raise Keys(config, path=path).wrong(key, "an object")
        if nested or "hidden_size" not in config:
            return nested, key
    return None, ""


def _flat(config: Mapping[str, Any], kind: str) -> Nested:
    keys = _keys(config, kind, "")
    return Nested(outer=keys, text=keys, model_type=kind)


def _keys(config: Mapping[str, Any], kind: str, path: str) -> Keys:
    described = config_class(kind)
    values = dict(config)
    for part in _OF_PARTS:
        nested = values.get(part)
        if isinstance(nested, Mapping):
            del values[part]
            values = dict(nested) | values
    return Keys(values, path=path, defaults=described.defaults, aliases=described.aliases)


def _kind(config: Mapping[str, Any]) -> str:
    found = config.get("model_type")
    if found is not None and not isinstance(found, str):
        raise Keys(config).wrong("model_type", "a text")
    return found or ""
