"""The longest context of a model, as vLLM derives it from its configuration.

From ``_get_and_verify_max_len`` in vLLM 0.8 to 0.33: the smallest of all keys that state a length, ``model_max_length``
above all of them, then the factor of rope scaling. Releases before 0.30 multiply the length that YaRN extends; newer ones
take ``max_position_embeddings`` as extended already.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from planner.model.aliases import POSITIONS
from planner.model.keys import Keys

MOST_POSITIONS = 1_000_000_000
UNSTATED = 2048
"""What vLLM takes, with a warning, where no key states a length and no option gives one."""
_NOT_SCALED = frozenset({"su", "longrope", "llama3", "yarn", "deepseek_yarn", "deepseek_llama_scaling", "default"})
_PER_LAYER_TYPE = frozenset({"full_attention", "sliding_attention", "chunked_attention", "linear_attention", "main"})
_LEAST_FACTOR, _LARGEST_FACTOR = 0.1, 10_000.0


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Lengths in tokens."""

    longest: int
    """Longest context."""
    multiplied: int | None
    """Longest context in releases before 0.30, where that differs."""
    usual: int | None
    """What vLLM takes since 0.11 where no length is given, where that is less than the longest (LongRoPE)."""
    stated: bool
    """Whether the configuration states a length; else any is accepted."""


def read_positions(keys: Keys, model_type: str) -> Positions:
    """The lengths of a language model's configuration.

    Raises:
        UnreadableConfigError: a length or a factor of rope scaling is not a number, or out of bounds.
    """
    stated = [length for name in POSITIONS if (length := keys.count(name, most=MOST_POSITIONS))]
    longest = keys.count("model_max_length", most=MOST_POSITIONS) or min(stated, default=UNSTATED)
    keys.count("original_max_position_embeddings", most=MOST_POSITIONS)
    factor, multiplied, usual = 1.0, None, None
    for scaling in _rope_scalings(keys):
        kind = scaling.text("rope_type", "type") or "default"
        share = scaling.number("factor", least=_LEAST_FACTOR, most=_LARGEST_FACTOR)
        original = scaling.count("original_max_position_embeddings", most=MOST_POSITIONS)
        if kind == "yarn" and share:
            multiplied = int((original or longest) * share)
        elif kind in {"su", "longrope"}:
            usual = original or keys.count("original_max_position_embeddings", most=MOST_POSITIONS)
        elif kind not in _NOT_SCALED and share and "gemma3" not in model_type:
            factor = share
    longest = max(1, int(longest * factor))
    return Positions(
        longest=longest,
        multiplied=multiplied if multiplied != longest and "gemma3" not in model_type else None,
        usual=usual if usual and usual < longest else None,
        stated=bool(stated),
    )


def _rope_scalings(keys: Keys) -> Iterator[Keys]:
    """The objects that describe rope scaling: one, or one for each type of layer."""
    found = keys.nested("rope_scaling", "rope_parameters")
    if found is None:
        return
    if _PER_LAYER_TYPE.intersection(found.values):
        yield from (nested for name in found.values if (nested := found.nested(name)))
    else:
        yield found
