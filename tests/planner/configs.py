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


def llama(**changes: Any) -> dict[str, Any]:
    """A Llama of about a billion parameters, with changes; a change to None takes the key away."""
    return {key: value for key, value in (LLAMA | changes).items() if value is not None}


def shape_of(name: str) -> ModelArchitecture:
    """The dimensions of a model in the catalogue."""
    known = known_model(name)
    assert known is not None, name
    return known.shape
