"""Model types: which the planner was written for, how they differ, and which are beyond it.

To add one: an entry in :mod:`~planner.model.families.dense` or :mod:`~planner.model.families.mixtures` (or a file of a
new group, joined below), and a row in ``tests/planner/model/test_families.py`` with its published parameters.
"""

from collections.abc import Mapping
from types import MappingProxyType

from planner.model.families.beyond import BEYOND, TELLING_KEYS
from planner.model.families.dense import DENSE
from planner.model.families.encoders import ENCODERS
from planner.model.families.family import Family
from planner.model.families.hybrids import HYBRIDS
from planner.model.families.mixtures import MIXTURES
from planner.model.families.ungated import UNGATED

__all__ = ["BEYOND", "FAMILIES", "PLAIN", "PLAIN_ENCODER", "TELLING_KEYS", "TOWERS", "Family"]

FAMILIES: Mapping[str, Family] = MappingProxyType({**DENSE, **UNGATED, **MIXTURES, **HYBRIDS, **ENCODERS})
"""The models the planner was written for, by the ``model_type`` of the language model."""

PLAIN = FAMILIES["llama"]
"""What a decoder of a type that is not known is taken for."""

PLAIN_ENCODER = FAMILIES["bert"]
"""What an encoder of a type that is not known is taken for."""

TOWERS: Mapping[str, str] = MappingProxyType(
    {
        "gemma3": "gemma3_text",
        "mistral3": "mistral",
        "llava": "llama",
        "llava_next": "granite",
        "llama4": "llama4_text",
        "gemma4": "gemma4_text",
        "qwen3_vl": "qwen3_vl_text",
        "qwen3_vl_moe": "qwen3_vl_moe_text",
        "qwen3_5": "qwen3_5_text",
        "qwen3_5_moe": "qwen3_5_moe_text",
    }
)
"""Vision models whose start-up was measured: the type of their language model, where they do not name it."""
