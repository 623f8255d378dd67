"""One weight of a model: how many parameters, of what kind, and how tensor parallelism splits them."""

from dataclasses import dataclass
from enum import Enum

from planner.model.layers import Experts


class Split(Enum):
    """What tensor parallelism does with a weight."""

    EVENLY = "evenly"
    """Each GPU has its share."""
    BY_KV_HEADS = "by_kv_heads"
    """Each GPU has its share of the KV heads, at least one."""
    WHOLE = "whole"
    """Each GPU has all of it."""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One weight, or several of a kind."""

    module: str
    """Its module's name below the layer, such as ``self_attn.q_proj``."""
    count: int
    """Parameters."""
    split: Split = Split.EVENLY
    """How tensor parallelism splits it."""
    linear: bool = True
    """Whether quantization reaches it."""
    experts: Experts | None = None
    """The routed experts it belongs to, if it does."""
    kv_heads: int = 1
    """KV heads, where they decide the split."""
