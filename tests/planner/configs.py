"""Small configurations for tests, in the form model cards publish them."""

from typing import Any

from planner.catalog.models import known_model
from planner.model.architecture import ModelArchitecture

LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 2048,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 8192,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
    "tie_word_embeddings": True,
}

LATENT = {
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
}
"""Latent attention as DeepSeek V2 and V3 have it."""
INDEXER = {"index_topk": 2048, "index_n_heads": 32, "index_head_dim": 128}
"""What sparse attention has beside it."""


def llama(**changes: Any) -> dict[str, Any]:
    """A Llama of about a billion parameters, with changes; a change to None takes the key away."""
    return {key: value for key, value in (LLAMA | changes).items() if value is not None}


def shape_of(name: str) -> ModelArchitecture:
    """The dimensions of a model in the catalogue."""
    known = known_model(name)
    assert known is not None, name
    return known.shape
