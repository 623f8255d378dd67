"""The dense feed-forward networks of a model: how wide, and whether they have a gate."""

import math

from planner.model.aliases import ACTIVATION, EXPERTS, INTERMEDIATE
from planner.model.config_classes import config_class
from planner.model.families.family import Family
from planner.model.keys import Keys
from planner.model.shaped_blocks import block_widths

_UNGATED = frozenset(
    {"relu2", "relu_2", "squared_relu", "relu_squared", "squared-relu", "sqrelu", "xielu", "relusquared"}
)
_WITHOUT_GATE = 4
"""Times that a network without a gate is as wide as the model, as a rule; a gated one of as many weights is 8/3."""
_GATED = frozenset({"silu", "swish", "swiglu", "geglu", "reglu", "gated-silu", "gated-gelu", "silu_and_mul", "xglu"})


def read_gate(keys: Keys, family: Family | None, model_type: str, *, encoder: bool = False, hidden: int) -> bool | None:
    """Whether networks have a gate beside their up projection; None where neither family nor activation decides it.

    The family decides where the planner knows it, else the class in Transformers, else the activation: squared ReLU and
    xIELU are used without a gate, SiLU with one, and GELU and ReLU either way, but without in encoders like BERT. Where no
    activation is named, networks that are narrower than four times the model have one; wider ones may be of either kind.
    """
    named = keys.raw(*ACTIVATION)
    if isinstance(named, dict):
        named = named.get("name")  # DBRX: an object
    activation = str(named or "").lower()
    if family is not None and family.gated_mlp is not None:
        return family.gated_mlp
    of_class = config_class(model_type).gated
    if of_class is not None:
        return of_class
    if activation in _UNGATED or (encoder and activation not in _GATED):
        return False
    if activation:
        return True if activation in _GATED else None
    return None if _are_wide(keys, hidden) else True


def _are_wide(keys: Keys, hidden: int) -> bool:
    width = keys.raw(*INTERMEDIATE)
    if keys.has(*EXPERTS):
        return False  # experts have a gate, whatever their width
    if isinstance(width, int | float):
        return width >= _WITHOUT_GATE * hidden
    return width is None and keys.has("expansion_ratio", "mlp_expansion_ratio")


def read_widths(keys: Keys, family: Family, *, hidden: int, depth: int) -> tuple[int, ...] | None:
    """Inner width of the dense network of each layer; None where nothing says it."""
    shaped = block_widths(keys, hidden=hidden, depth=depth)
    if shaped is not None:
        return shaped
    ratio = keys.number("expansion_ratio", "mlp_expansion_ratio", most=1000)
    found = keys.counts(*family.keys.get("intermediate_size", ()), *INTERMEDIATE, depth=depth, least=0)
    if family.halves_intermediate and found:
        found = tuple(each // 2 for each in found)
    if found and max(found):
        adjusted = _adjusted(keys, found)  # in any case: its keys are read, and say nothing without the flag
        return adjusted if keys.flag("block_auto_adjust_ff_dim") else found
    if ratio:
        return (max(1, math.floor(ratio * hidden)),) * depth
    return (4 * hidden,) * depth if family.four_times_hidden else None


def _adjusted(keys: Keys, widths: tuple[int, ...]) -> tuple[int, ...]:
    """Two thirds of the width, times a factor, rounded up to a multiple (LFM2)."""
    factor = keys.number("block_ffn_dim_multiplier", most=1000) or 1.0
    multiple = keys.count("block_multiple_of") or 1
    return tuple(-(-math.floor(factor * (2 * width // 3)) // multiple) * multiple for width in widths)
