"""Bytes, blocks and tokens of the KV cache, worked by hand."""

from collections import Counter

import pytest

from planner.memory.cache_specs import Holding
from planner.memory.kv_cache import CacheOptions, KvLayout, kv_layout
from planner.memory.placement import stages
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.reading import read_architecture
from planner.units import GIB
from tests.planner.configs import llama, shape_of


def layout(shape: ModelArchitecture, *, tp: int = 1, pp: int = 1, cache: str = "auto", minor: int = 32) -> KvLayout:
    engine = VllmVersion(0, minor)
    options = CacheOptions(engine=engine, tensor_parallel=tp, dtype="bfloat16", cache_dtype=cache, in_flight=2048)
    return kv_layout(shape, stages(shape, pp)[0], options)


def test_a_token_is_keys_and_values_of_every_kv_head_and_layer() -> None:
    assert layout(read_architecture(llama())).token_bytes == 2 * 8 * 64 * 2 * 16


@pytest.mark.parametrize(("degree", "heads"), [(1, 8), (2, 4), (4, 2), (8, 1), (16, 1)])
def test_kv_heads_are_split_until_one_is_left(degree: int, heads: int) -> None:
    assert layout(read_architecture(llama()), tp=degree).token_bytes == 2 * heads * 64 * 2 * 16


def test_a_stage_keeps_its_layers_only() -> None:
    assert layout(read_architecture(llama()), pp=2).token_bytes == layout(read_architecture(llama())).token_bytes / 2


def test_eight_bits_are_half() -> None:
    assert (
        layout(read_architecture(llama()), cache="fp8").token_bytes
        == layout(read_architecture(llama())).token_bytes / 2
    )


def test_latent_attention_keeps_one_row_a_token_whatever_the_degree() -> None:
    shape = shape_of("deepseek-ai/DeepSeek-V3")
    assert layout(shape).token_bytes == layout(shape, tp=8).token_bytes == (512 + 64) * 2 * 61
    assert layout(shape, cache="fp8_ds_mla").token_bytes == 656 * 61


def test_tokens_are_whole_blocks() -> None:
    plain = layout(read_architecture(llama()), minor=19)
    assert plain.tokens(1 * GIB, 4096) == GIB // (32768 * 16) * 16
    assert plain.tokens(1 * GIB + 32768 * 15, 4096) == plain.tokens(1 * GIB, 4096)
    assert plain.tokens(-1 * GIB, 4096) == 0


def test_since_0_20_tokens_are_concurrency_times_the_longest_request() -> None:
    new = layout(read_architecture(llama()))
    # 1000 tokens hold 63 blocks of 16: the last is half empty, so fewer tokens are counted than blocks could hold.
    assert new.tokens(1 * GIB, 1000) == int(2048 / 63 * 1000)
    assert new.tokens(1 * GIB, 1024) == 32768


def test_the_longest_request_is_the_last_that_fits() -> None:
    plain = layout(read_architecture(llama()))
    longest = plain.longest_request(0.5 * GIB, 10**6)
    assert plain.request_bytes(longest) <= 0.5 * GIB < plain.request_bytes(longest + 1)
    assert plain.longest_request(0.5 * GIB, 100) == 100


def test_windows_keep_the_window_and_a_step() -> None:
    shape = read_architecture(llama(model_type="mistral", sliding_window=4096))
    windowed = layout(shape)
    assert [spec.window for spec in windowed.groups] == [4096]
    # 4095 tokens before this one, 2048 of a step, and a block that begins within.
    assert windowed.request_blocks(100_000) == (4095 + 2048 + 15) // 16 + 1
    assert windowed.request_blocks(64) == 5


def test_layers_with_and_without_windows_share_a_pool_in_equal_groups() -> None:
    shape = shape_of("google/gemma-3-27b-it")  # 62 layers: 52 with a window, 10 without
    mixed = layout(shape)
    assert mixed.block_bytes == 10 * 16 * 2 * 16 * 128 * 2
    assert Counter(spec.holding for spec in mixed.groups) == {Holding.FULL: 1, Holding.WINDOW: 6}


def test_before_0_10_windows_beside_full_attention_kept_every_token() -> None:
    shape = shape_of("google/gemma-3-27b-it")
    old = layout(shape, minor=9)
    assert [spec.holding for spec in old.groups] == [Holding.FULL]
    assert old.block_bytes == 62 * 16 * 2 * 16 * 128 * 2
