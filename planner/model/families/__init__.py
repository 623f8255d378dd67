"""Model types: which the planner was written for, how they differ, and which are beyond it.

To add one: an entry in :mod:`~planner.model.families.dense` or :mod:`~planner.model.families.mixtures` (or a file of a
new group, joined below), and a row in ``tests/planner/model/test_families.py`` with its published parameters.
"""

from collections.abc import Mapping
from types import MappingProxyType

from planner.model.families.beyond import BEYOND, TELLING_KEYS
from planner.model.families.dense import DENSE
from planner.model.families.family import Family
from planner.model.families.mixtures import MIXTURES

__all__ = ["BEYOND", "DEFAULTS", "FAMILIES", "TELLING_KEYS", "TOWERS", "Family"]

FAMILIES: Mapping[str, Family] = MappingProxyType({**DENSE, **MIXTURES})
"""The plain decoders and mixtures the planner was written for, by the ``model_type`` of the language model."""

TOWERS: Mapping[str, str] = MappingProxyType(
    {
        "gemma3": "gemma3_text",
        "mistral3": "mistral",
        "llava": "llama",
        "llava_next": "granite",
        "llama4": "llama4_text",
    }
)
"""Vision models whose start-up was measured: the type of their language model, where they do not name it."""

DEFAULTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "gemma3_text": MappingProxyType(
            {
                "num_attention_heads": 8,
                "num_key_value_heads": 4,
                "head_dim": 256,
                "vocab_size": 262208,
                "max_position_embeddings": 131072,
            }
        ),
    }
)
"""What published configurations leave to the defaults of their class in Transformers, by ``model_type``."""
