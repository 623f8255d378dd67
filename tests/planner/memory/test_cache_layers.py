"""Caches of hybrids, against what vLLM printed of them.

Sources: noonghunna/club-3090#612 and #1047 (start-up logs of Qwen3.6-35B-A3B and a 27B model), logs in public repositories with the
block sizes of Qwen3.5-0.8B, Qwen3-Next, LFM2 and Nemotron-3-Nano.
"""

import pytest

from planner.memory.cache_specs import Holding
from planner.model.architecture import ModelArchitecture
from planner.units import GIB
from tests.planner.memory.hybrids import (
    FALCON,
    GRANITE_TINY,
    KIMI,
    LFM2,
    MAMBA_ONLY,
    NEMOTRON_NANO,
    QWEN3_5_08B,
    QWEN3_5_27B,
    QWEN3_6_35B,
    QWEN3_NEXT,
    attention_block,
    layout,
)


@pytest.mark.parametrize(
    ("shape", "version", "cache", "block"),
    [
        (QWEN3_NEXT, "0.10.2", "auto", 544),
        (QWEN3_5_08B, "0.21", "auto", 544),
        (QWEN3_5_27B, "0.21", "auto", 784),
        (QWEN3_5_27B, "0.21", "fp8", 1568),
        (QWEN3_6_35B, "0.24", "auto", 1056),
        (LFM2, "0.17", "auto", 16),
        # The recurrent state in 32 bits and an FP8 cache: 4,176 tokens were printed for a model of these dimensions.
        (NEMOTRON_NANO, "0.20.2", "fp8", 4176),
    ],
)
def test_blocks_of_attention_are_as_large_as_a_state(
    shape: ModelArchitecture, version: str, cache: str, block: int
) -> None:
    assert attention_block(layout(shape, version, cache_dtype=cache)) == block


def test_tokens_as_vllm_printed_them() -> None:
    # 5.98 GiB on an RTX 5090, vLLM 0.24, FP8 cache, prefix caching: "GPU KV cache size: 567,978 tokens", 4.33 times 131,072.
    found = layout(QWEN3_6_35B, "0.24.0", cache_dtype="fp8", prefix_caching=True)
    assert found.tokens(5.98 * GIB, 131072) == 567978
    assert found.concurrency(5.98 * GIB, 131072) == pytest.approx(4.33, abs=0.005)


def test_layers_are_dealt_to_groups_of_the_smallest_kind() -> None:
    assert [spec.holding for spec in layout(QWEN3_NEXT, "0.19").groups].count(Holding.STATE) == 3
    assert [spec.holding for spec in layout(GRANITE_TINY, "0.19").groups].count(Holding.STATE) == 9
    # 23 layers of Mamba in groups of six: four groups, one of them padded.
    assert [spec.holding for spec in layout(NEMOTRON_NANO, "0.20").groups].count(Holding.STATE) == 4
    # Attention and Mamba side by side in every layer.
    assert len(layout(FALCON, "0.19").groups) == 2


def test_a_state_takes_one_block_and_prefix_caching_another() -> None:
    plain = layout(QWEN3_NEXT, "0.27", prefix_caching=False)
    cached = layout(QWEN3_NEXT, "0.27", prefix_caching=True)
    assert cached.request_blocks(8192) - plain.request_blocks(8192) == 3
    # It is on by default since 0.28.
    assert layout(QWEN3_NEXT, "0.27").request_blocks(8192) == plain.request_blocks(8192)
    assert layout(QWEN3_NEXT, "0.28").request_blocks(8192) == cached.request_blocks(8192)


def test_speculative_tokens_keep_a_state_each() -> None:
    assert layout(QWEN3_NEXT, "0.19", drafted=2).request_blocks(544) == 1 + 3 * 3
    assert layout(QWEN3_NEXT, "0.14", drafted=2).request_blocks(544) == 1 + 3


def test_every_state_with_prefix_caching_of_mamba_before_0_28() -> None:
    every = layout(NEMOTRON_NANO, "0.20", prefix_caching=True)
    assert {spec.holding for spec in every.groups} == {Holding.FULL, Holding.STATES}
    assert attention_block(every) % 256 == 0
    assert every.request_blocks(10 * attention_block(every)) == 10 * 5


def test_models_of_states_alone_do_not_grow() -> None:
    found = layout(MAMBA_ONLY, "0.32")
    assert found.request_blocks(1000) == found.request_blocks(100_000) == 1
    assert found.token_bytes == 0
    state = 128 * 64 * 128 * 2 + (8192 + 2 * 8 * 128) * 3 * 2
    assert found.block_bytes == 64 * state
    assert layout(MAMBA_ONLY, "0.19").tokens(10 * 64 * state, 4096) == 10 * 4096


def test_states_for_max_num_seqs_since_0_20() -> None:
    few = layout(QWEN3_NEXT, "0.20", sequences=1024)
    assert few.request_bytes(1024) == 1024 * few.block_bytes
    assert layout(QWEN3_NEXT, "0.19", sequences=1024).request_bytes(1024) < few.request_bytes(1024)
    assert layout(QWEN3_NEXT, "0.20", sequences=1024, graphs=False).request_bytes(1024) < few.request_bytes(1024)


def test_tensor_parallelism_splits_states_and_kv_heads() -> None:
    assert layout(QWEN3_NEXT, "0.19", tp=2).block_bytes == pytest.approx(layout(QWEN3_NEXT, "0.19").block_bytes / 2)
    # Two KV heads on four GPUs are repeated, states are not: blocks of fewer tokens are enough.
    assert attention_block(layout(QWEN3_NEXT, "0.19", tp=4)) == 272


def test_kimi_keeps_its_state_in_32_bits_beside_latent_attention() -> None:
    state = 32 * 128 * 128 * 4 + 3 * 32 * 128 * 3 * 2
    for version, multiple in (("0.19", 64), ("0.22", 16), ("0.32", 128)):
        block = attention_block(layout(KIMI, version))
        assert block % multiple == 0
        assert (block - multiple) * 576 * 2 < state <= block * 576 * 2
