"""Memory of models in Ollama."""

import pytest

from planner.catalog.instances import instance_type
from planner.ollama import (
    BUFFERS_GIB,
    decode_tokens_per_second,
    known_ollama_model,
    nearest_ollama_models,
    ollama_memory,
    ollama_models,
)


def test_llama_8b_in_four_slots_of_8192_tokens() -> None:
    model = known_ollama_model("llama3.1:8b")
    assert model is not None
    assert model.kv_bytes_per_token == 128 * 1024
    memory = ollama_memory(model, context_length=8192, parallel=4)
    assert memory.kv_cache == 4
    assert memory.total == pytest.approx(4.58 + 4 + BUFFERS_GIB, abs=0.01)


def test_a_context_is_never_longer_than_the_model_knows() -> None:
    model = known_ollama_model("qwen2.5-coder:7b")
    assert model is not None
    longest = ollama_memory(model, context_length=model.context_length, parallel=1)
    assert ollama_memory(model, context_length=10**6, parallel=1) == longest


def test_names() -> None:
    assert known_ollama_model("llama3.1:9b") is None
    assert nearest_ollama_models("llama3.1:9b")[0] == "llama3.1:8b"
    assert all(model.bytes > 10**9 for model in ollama_models().values())


def test_speed_is_bounded_by_memory_bandwidth() -> None:
    model = known_ollama_model("llama3.1:8b")
    assert model is not None
    low, high = decode_tokens_per_second(model, instance_type("c6a.4xlarge"), 8) or (0, 0)
    assert low == pytest.approx(204.8 / 96 * 8 / 4.92, rel=0.01)
    assert high == pytest.approx(2 * low)
    faster, _ = decode_tokens_per_second(model, instance_type("c6i.4xlarge"), 8) or (0, 0)
    assert faster == pytest.approx(1.5 * low)
    assert decode_tokens_per_second(model, instance_type("t3.large"), 2) is None
