"""Bytes of a token in one layer's cache, by number format and version."""

import pytest

from planner.memory.cache_bytes import cache_element_bytes, token_bytes
from planner.memory.vllm_version import VllmVersion
from planner.model.layers import Attention

NARROW = Attention(heads=32, kv_heads=8, head_dim=192, value_dim=128)


def held(cache_dtype: str = "auto", *, tensor_parallel: int = 1, minor: int = 32) -> float:
    return token_bytes(
        NARROW,
        tensor_parallel=tensor_parallel,
        dtype="bfloat16",
        cache_dtype=cache_dtype,
        engine=VllmVersion(0, minor),
    )


@pytest.mark.parametrize(("minor", "width"), [(13, 192 + 192), (14, 192 + 128), (32, 192 + 128)])
def test_a_value_narrower_than_its_key_takes_less_since_0_14(minor: int, width: int) -> None:
    assert held(minor=minor) == 8 * width * 2
    assert held(minor=minor, tensor_parallel=4) == 2 * width * 2


def test_a_scale_for_each_token_and_head_is_of_key_and_value() -> None:
    assert held("fp8") == 8 * 320
    assert held("fp8_per_token_head") == 8 * (320 + 2 * 4)
    assert held("int4_per_token_head") == 8 * (320 * 0.5 + 2 * 4)


@pytest.mark.parametrize(
    ("cache_dtype", "size"),
    [("auto", 2), ("bfloat16", 2), ("float32", 4), ("fp8_e5m2", 1), ("int8_per_token_head", 1), ("nvfp4", 0.5625)],
)
def test_a_number_takes_as_much_as_its_format(cache_dtype: str, size: float) -> None:
    assert cache_element_bytes("bfloat16", cache_dtype) == size
