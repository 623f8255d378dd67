"""Number formats of weights."""

import pytest

from planner.model.weight_format import weight_bits


@pytest.mark.parametrize(
    ("model", "quantization", "bits"),
    [
        ("Qwen/Qwen3-8B", None, 16),
        ("RedHatAI/Meta-Llama-3.1-70B-Instruct-FP8", None, 8),
        ("Qwen/Qwen3-8B", "fp8", 8),
        ("Qwen/Qwen3-8B-AWQ", None, 4),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4", None, 4),
        ("Qwen/Qwen3-8B", "mxfp4", 4),
        ("Qwen/Qwen3-8B", "mxfp8", 8),
        ("Qwen/Qwen3-8B", "fp8_per_block", 8),
        ("Qwen/Qwen3-8B", "bitsandbytes", 4),
    ],
)
def test_bits_of_a_weight_follow_from_quantization_and_name(model: str, quantization: str | None, bits: int) -> None:
    assert weight_bits(model, quantization) == bits
