"""Encoders: embeddings, rerankers and classifiers. Every token sees every other, and nothing is cached."""

from collections.abc import Mapping
from types import MappingProxyType

from planner.model.families.family import Family

_BERT = Family(
    architecture="BertModel",
    encoder=True,
    qkv_bias=True,
    o_bias=True,
    mlp_bias=True,
    norm_bias=True,
    gated_mlp=False,
    learned_positions=True,
    embedding_norm=True,
    pooler=True,
    final_norm=False,
)

ENCODERS: Mapping[str, Family] = MappingProxyType(
    {
        "bert": _BERT,
        "roberta": _BERT,
        "xlm-roberta": _BERT,
        "camembert": _BERT,
        "nomic_bert": Family(
            architecture="NomicBertModel",
            gated_mlp=None,
            encoder=True,
            norm_bias=True,
            embedding_norm=True,
            final_norm=False,
        ),
        "new": Family(
            architecture="GteNewModel",
            encoder=True,
            qkv_bias=True,
            o_bias=True,
            norm_bias=True,
            embedding_norm=True,
            final_norm=False,
        ),
        "gte": Family(
            architecture="GteModel",
            encoder=True,
            norm_bias=True,
            embedding_norm=True,
            final_norm=False,
        ),
        "modernbert": Family(architecture="ModernBertModel", encoder=True, embedding_norm=True, window_every=3),
    }
)
"""By ``model_type``."""
