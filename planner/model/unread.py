"""Keys of a configuration that no reader looked at and that may bear on memory.

A family that the planner does not know may have parts under any name: each unread key with a number above 1, a list or
an object of numbers, or a switch of a structure makes the memory unknown, unless the key is known to bear on nothing
(:mod:`planner.model.harmless`). In a family that it knows, those that name experts, states, heads, layers or ranks do.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from planner.model.harmless import is_harmless
from planner.model.keys import Keys

_SWITCH = re.compile(
    r"moe|expert|mamba|ssm|conv(?!ert|ers|ent)|hybrid|recurr|rwkv|linear_att|delta_?net|mixture|cross_att|loop|per_layer|(^|_)mla($|_)",
    re.IGNORECASE,
)
"""Switches of a structure, where their value is true."""
_COUNT_OF_ONE = re.compile(r"(^|_)kv|head|expert|shared", re.IGNORECASE)
"""Names of counts that change the memory even where they are 1."""
_PARTS = re.compile(
    r"expert|moe|mamba|ssm|conv(?!ert|ers|ent)|hybrid|lora|latent|linear_(att|num|key|value|head)|recurr|loop|(^|_)kv(?!_cache)|"
    r"(^|_)heads?($|_)|(^|_)layers?($|_)|(^|_)blocks?($|_)|intermediate|ffn|hidden_size|per_layer|(^|_)rank($|_)|proj_dim",
    re.IGNORECASE,
)
"""Names of parts of a language model, in any family."""
_MOST_NAMED = 6
_DEEPEST = 6


def unread_dimensions(keys: Keys, model_type: str, *, known: bool) -> tuple[str, ...]:
    """Paths of unread keys that may bear on the memory of the language model, at most some.

    Args:
        keys: The language model's configuration, of which all that is read has been read.
        model_type: Of it.
        known: Whether the planner was written for this type.
    """
    bears = _names_part if known else _bears
    found = [
        path
        for path, name, value in keys.unread()
        if not is_harmless(name, model_type) and bears(name, value) and not _is_hidden_size(keys, name, value)
    ]
    more = len(found) - _MOST_NAMED
    return tuple(found[:_MOST_NAMED]) + ((f"{more} more",) if more > 0 else ())


def towers(outer: Keys, known: frozenset[str]) -> Iterator[str]:
    """Objects beside the language model that have dimensions of their own: encoders and generators."""
    for name, value in outer.values.items():
        if name in known or not isinstance(value, Mapping) or is_harmless(name, ""):
            continue
        if any(_is_number(each) and _is_width(key) for key, each in _leaves(value)):
            yield name


def _bears(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value and bool(_SWITCH.search(name))
    if isinstance(value, list | Mapping):
        return any(_bears_within(name, key, each) for key, each in _leaves(value))
    number = _number(value)
    return number is not None and (number > 1 or (number == 1 and bool(_COUNT_OF_ONE.search(name))))


def _bears_within(name: str, key: str, value: Any) -> bool:
    """Whether an entry of a list or an object bears on memory: any number, whatever it is called."""
    return (value is True and bool(_SWITCH.search(f"{name}_{key}"))) or (_is_number(value) and not is_harmless(key, ""))


def _names_part(name: str, value: Any) -> bool:
    """Whether a key of a family that is known names a part that the planner did not read."""
    if isinstance(value, Mapping):
        return any(_names_part(f"{name}_{key}", each) for key, each in _leaves(value))
    if isinstance(value, list):
        return bool(_PARTS.search(name)) and any(_is_number(each) for _, each in _leaves(value))
    if isinstance(value, bool):
        return value and bool(_SWITCH.search(name))
    number = _number(value)
    return number is not None and number > 1 and _is_whole(number) and bool(_PARTS.search(name))


def _is_hidden_size(keys: Keys, name: str, value: Any) -> bool:
    """Whether a width of embeddings is that of the model: then no projection stands between."""
    return name == "word_embed_proj_dim" and value == keys.values.get("hidden_size")


def _is_number(value: Any) -> bool:
    return _number(value) not in {None, 0}


def _number(value: Any) -> float | None:
    """A number, also one within quotes; None of anything else."""
    if isinstance(value, str):
        return float(value[:20]) if value.isascii() and value.isdigit() else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_whole(number: float) -> bool:
    """Whether a number counts something; JSON as Python reads it may hold Infinity, and integers beyond any float."""
    return isinstance(number, int) or number.is_integer()


def _is_width(name: str) -> bool:
    return bool(re.search(r"hidden|width|embed_dim|d_model|num_layers|num_hidden_layers|depth|n_layer|dim$", name))


def _leaves(values: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Values within lists and objects, each with the key it has or that of its list; what is too deep, as a number."""
    if depth >= _DEEPEST:
        yield key, _DEEPEST
    elif isinstance(values, Mapping):
        for name, each in values.items():
            yield from _leaves(each, str(name), depth + 1)
    elif isinstance(values, list):
        for each in values:
            yield from _leaves(each, key, depth + 1)
    else:
        yield key, values
