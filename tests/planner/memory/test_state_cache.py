"""Bytes of a request's state, worked by hand."""

from dataclasses import replace

import pytest

from planner.memory.state_cache import StateFormat, state_bytes, state_format
from planner.memory.vllm_version import VllmVersion
from planner.model.layers import DeltaNet, LinearAttention, ShortConvolution, StateSpace
from tests.planner.memory.hybrids import DELTA, KIMI, MAMBA_2, NEMOTRON_NANO, QWEN3_6_35B, QWEN3_NEXT

HALF = StateFormat(convolution=2, recurrent=2)


def test_mamba_1_keeps_a_state_for_each_channel() -> None:
    mixer = StateSpace(version=1, inner=8192, heads=8192, head_dim=1, state=16)
    assert state_bytes(mixer, tensor_parallel=2, form=HALF) == 4096 * (3 + 16) * 2


@pytest.mark.parametrize(("degree", "groups"), [(1, 8), (4, 8), (8, 8), (16, 16)])
def test_mamba_2_repeats_groups_that_the_degree_does_not_divide(degree: int, groups: int) -> None:
    channels = (4096 + 2 * groups * 128) // degree
    found = state_bytes(MAMBA_2, tensor_parallel=degree, form=StateFormat(convolution=2, recurrent=4))
    assert found == channels * 3 * 2 + 64 // degree * 64 * 128 * 4


def test_delta_nets() -> None:
    assert state_bytes(DELTA, tensor_parallel=1, form=HALF) == (8192 * 3 + 32 * 128 * 128) * 2
    assert state_bytes(DELTA, tensor_parallel=1, form=HALF, drafted=2) == (8192 * 5 + 32 * 128 * 128) * 2


def test_kimi_remembers_speculative_tokens_since_0_27() -> None:
    mixer = DeltaNet(key_heads=32, value_heads=32, key_dim=128, value_dim=128, kimi=True)
    old = state_bytes(mixer, tensor_parallel=1, form=HALF, drafted=3, engine=VllmVersion(0, 23))
    assert old == state_bytes(mixer, tensor_parallel=1, form=HALF)
    assert state_bytes(mixer, tensor_parallel=1, form=HALF, drafted=3, engine=VllmVersion(0, 27)) > old


def test_convolutions_and_lightning_attention() -> None:
    assert state_bytes(ShortConvolution(width=2048, kernel=3), tensor_parallel=2, form=HALF) == 1024 * 2 * 2
    assert state_bytes(LinearAttention(heads=64, head_dim=128), tensor_parallel=8, form=HALF) == 8 * 128 * 128 * 2


@pytest.mark.parametrize(
    ("shape", "mixer", "minor", "recurrent"),
    [
        (NEMOTRON_NANO, MAMBA_2, 12, 2),
        (NEMOTRON_NANO, MAMBA_2, 19, 2),
        (NEMOTRON_NANO, MAMBA_2, 20, 4),
        (replace(NEMOTRON_NANO, state_dtype="float32"), MAMBA_2, 13, 4),
        (QWEN3_6_35B, DELTA, 20, 4),
        (QWEN3_NEXT, DELTA, 20, 2),
        (KIMI, replace(DELTA, kimi=True), 12, 4),
    ],
)
def test_number_formats_by_model_and_release(shape, mixer, minor, recurrent) -> None:  # type: ignore[no-untyped-def]
    form = state_format(shape, mixer, dtype="bfloat16", engine=VllmVersion(0, minor))
    assert (form.convolution, form.recurrent) == (2, recurrent)


def test_options_name_the_format() -> None:
    form = state_format(
        QWEN3_NEXT, DELTA, dtype="bfloat16", engine=VllmVersion(0, 20), cache_dtype="float32", ssm_cache_dtype="float16"
    )
    assert form == StateFormat(convolution=4, recurrent=2)
