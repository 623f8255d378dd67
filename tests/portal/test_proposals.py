"""GPUs of a service, from its stored settings."""

from typing import Any

import pytest

from portal.proposals import gpus_of

VLLM = {"model": "Qwen/Qwen3-8B", "pool": "g5", "max_model_len": 8192, "weights": {"source": "hub"}}


@pytest.mark.parametrize(
    ("spec", "gpus"),
    [
        (VLLM, 1),
        ({**VLLM, "replicas": 3, "tensor_parallel": 2}, 6),
        ({**VLLM, "replicas": "2", "tensor_parallel": "4", "pipeline_parallel": 2}, 16),
        ({"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu", "replicas": 4}, 0),
        # What an earlier version stored, and this one refuses.
        ({**VLLM, "image": "vllm/vllm-openai:latest", "replicas": 2, "tensor_parallel": 4}, 8),
        ({"replicas": 2, "tensor_parallel": 4, "gone": True}, 8),
        ({"kind": "gone", "replicas": 2}, 2),
        ({"replicas": "many", "tensor_parallel": None}, 1),
        ({}, 1),
    ],
)
def test_gpus_are_counted_as_the_kind_counts_them(spec: dict[str, Any], gpus: int) -> None:
    assert gpus_of(spec) == gpus
