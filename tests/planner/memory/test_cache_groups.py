"""Groups of layers with different caches."""

from dataclasses import replace

import pytest

from planner.memory.cache_groups import UnknownCacheError, group_caches
from planner.memory.cache_specs import CacheSpec, Holding
from planner.memory.kv_cache import CacheOptions, kv_layout
from planner.memory.placement import stages
from planner.memory.vllm_version import VllmVersion
from planner.model.layers import Indexer
from tests.planner.memory.hybrids import LATENT, QWEN3_NEXT, attention, layout, model

FULL = CacheSpec(holding=Holding.FULL, page_bytes=65536, block_tokens=16)
WINDOW = CacheSpec(holding=Holding.WINDOW, page_bytes=65536, block_tokens=16, window=1024)


def test_one_kind_is_one_group() -> None:
    found = group_caches({FULL: 32}, {FULL: 16}, VllmVersion(0, 19))
    assert (found.specs, found.block_bytes) == ((FULL,), 16 * 65536)


@pytest.mark.parametrize(
    ("version", "full", "window", "groups", "size"),
    [
        ("0.10.2", 10, 12, 3, 10),
        ("0.12.0", 10, 12, 2, 12),
        ("0.17.1", 10, 14, 3, 10),
        ("0.18.1", 10, 14, 2, 14),
        ("0.32.0", 10, 52, 7, 10),
    ],
)
def test_kinds_of_nearly_as_many_layers_are_padded(
    version: str, full: int, window: int, groups: int, size: int
) -> None:
    counts = {FULL: full, WINDOW: window}
    found = group_caches(counts, counts, VllmVersion.of(version))
    assert (len(found.specs), found.block_bytes) == (groups, size * 65536)


def test_smaller_pages_get_more_tokens() -> None:
    """Gemma 4 31B: 16 heads of 256 within windows, 4 of 512 without."""
    shape = model("gemma4_text", [(attention(32, 16, 256, window=1024),)] * 50 + [(attention(32, 4, 512),)] * 10)
    found = layout(shape, "0.19")
    assert {spec.block_tokens for spec in found.groups if spec.holding is Holding.FULL} == {32}
    assert found.block_bytes == 10 * 16 * 2 * 16 * 256 * 2


def test_pages_that_do_not_divide_are_padded_since_0_24() -> None:
    odd = CacheSpec(holding=Holding.WINDOW, page_bytes=49152, block_tokens=16, window=512)
    counts = {FULL: 10, odd: 10}
    assert group_caches(counts, counts, VllmVersion(0, 24)).block_bytes == 10 * 65536
    with pytest.raises(UnknownCacheError, match="49,152"):
        group_caches(counts, counts, VllmVersion(0, 23))


def test_full_attention_of_different_widths_is_one_group() -> None:
    shape = model("any", [(attention(32, 8, 128),)] * 4 + [(attention(32, 4, 128),)] * 4)
    found = layout(shape, "0.20")
    assert len(found.groups) == 1
    assert found.token_bytes == 4 * (8 + 4) * 2 * 128 * 2


def test_sparse_attention_has_an_indexer_cache() -> None:
    shape = model(
        "deepseek_v32",
        [(attention(128, 128, 192, latent=LATENT, indexer=Indexer(heads=64, head_dim=128, top=2048)),)] * 61,
    )
    assert layout(shape, "0.12").token_bytes == 61 * (576 * 2 + 132)
    assert layout(shape, "0.12", cache_dtype="fp8").token_bytes == 61 * (656 + 132)
    assert {spec.block_tokens for spec in layout(shape, "0.12").groups} == {64}


@pytest.mark.parametrize(
    ("version", "capability", "cache_dtype", "size"),
    [
        ("0.32", 9.0, "auto", 2 * 576),
        ("0.32", 9.0, "fp8", 656),
        ("0.32", 10.0, "auto", 2 * 576),
        ("0.32", 10.0, "fp8", 576),
        ("0.32", 10.0, "fp8_e4m3", 576),
        ("0.32", 10.0, "fp8_ds_mla", 656),
        ("0.16", 10.0, "fp8", 656),
        ("0.32", 12.0, "auto", 656),
        ("0.32", 12.0, "fp8", 656),
    ],
)
def test_the_gpu_decides_how_sparse_attention_keeps_a_token(
    version: str, capability: float, cache_dtype: str, size: int
) -> None:
    shape = model(
        "deepseek_v32",
        [(attention(128, 128, 192, latent=LATENT, indexer=Indexer(heads=64, head_dim=128, top=2048)),)] * 61,
    )
    found = layout(shape, version, capability=capability, cache_dtype=cache_dtype)
    assert found.token_bytes == 61 * (size + 132)


def test_a_shared_indexer_has_no_cache() -> None:
    """GLM 5.2: 57 of 78 layers use what an earlier layer's indexer picked, and keep the layout of sparse attention."""
    own = Indexer(heads=32, head_dim=128, top=2048)
    layers = [
        (attention(64, 64, 256, latent=LATENT, indexer=own if index % 4 == 2 else replace(own, shared=True)),)
        for index in range(78)
    ]
    found = layout(model("glm_moe_dsa", layers), "0.33")
    assert found.token_bytes == 78 * 576 * 2 + 19 * 132
    fp8 = layout(model("glm_moe_dsa", layers), "0.33", cache_dtype="fp8")
    assert fp8.token_bytes == 78 * 656 + 19 * 132


def test_block_sparse_attention_keeps_a_key_of_its_indexer_in_16_bits() -> None:
    """MiniMax M3: blocks of 128 tokens, one group although 3 of 60 layers have no indexer."""
    picks = Indexer(heads=4, head_dim=128, top=16, of_blocks=True)
    layers = [(attention(64, 4, 128),)] * 3 + [(attention(64, 4, 128, indexer=picks),)] * 57
    for cache_dtype, size in (("auto", 2), ("fp8", 1)):
        found = layout(model("minimax_m3_vl", layers), "0.32", cache_dtype=cache_dtype)
        assert [spec.block_tokens for spec in found.groups] == [128]
        assert found.token_bytes == 60 * 2 * 4 * 128 * size + 57 * 2 * 128


def test_chunks_drop_what_is_outside_since_0_14() -> None:
    """Llama 4: three layers in four attend within chunks."""
    shape = model(
        "llama4_text", [(attention(40, 8, 128, window=8192, chunked=True),)] * 36 + [(attention(40, 8, 128),)] * 12
    )
    assert len(layout(shape, "0.13").groups) == 1
    new = layout(shape, "0.14")
    assert new.request_blocks(100_000) == 100_000 // 16 + 3 * (8192 + 8192) // 16


def test_layers_that_share_a_cache_have_none() -> None:
    shape = model("gemma4_text", [(attention(8, 2, 256),)] * 5 + [(attention(8, 2, 256, shares_kv=True),)] * 20)
    assert layout(shape, "0.20").token_bytes == 5 * 2 * 2 * 256 * 2


def test_an_encoder_has_no_cache() -> None:
    found = layout(model("bert", [(attention(12, 12, 64, cached=False),)] * 12), "0.32")
    assert found.tokens(10**10, 512) == 0
    assert found.request_bytes(512) == 0


@pytest.mark.parametrize(
    ("cache", "each"),
    [("auto", 256), ("fp8", 128), ("nvfp4", 72), ("fp8_per_token_head", 132), ("int4_per_token_head", 68)],
)
def test_number_formats(cache: str, each: int) -> None:
    shape = model("llama", [(attention(32, 8, 128),)] * 10)
    assert layout(shape, "0.32", cache_dtype=cache).token_bytes == 10 * 8 * 2 * each


def test_the_steps_under_way_stay_within_windows() -> None:
    shape = model("mistral", [(attention(32, 8, 128, window=4096),)] * 10)
    assert layout(shape, "0.32", in_flight=4096).request_blocks(100_000) == (4095 + 4096 + 15) // 16 + 1


def test_windows_keep_everything_where_that_is_wanted() -> None:
    shape = model("gemma3_text", [(attention(8, 4, 256, window=512),)] * 20 + [(attention(8, 4, 256),)] * 4)
    assert layout(shape, "0.32", drop_outside=False).request_blocks(4096) == 256


def test_stages_share_the_groups() -> None:
    options = CacheOptions(engine=VllmVersion(0, 19), tensor_parallel=1, dtype="bfloat16", in_flight=8192)
    first, last = stages(QWEN3_NEXT, 2)
    blocks = {kv_layout(QWEN3_NEXT, stage, options).request_blocks(100_000) for stage in (first, last)}
    assert len(blocks) == 1


def test_context_parallelism_shares_tokens() -> None:
    shape = model("llama", [(attention(32, 8, 128),)] * 10)
    assert layout(shape, "0.32", context_parallel=4).request_blocks(64_000) == 1000
    assert layout(shape, "0.19", context_parallel=4).tokens(2**30, 1024) == 4 * layout(shape, "0.19").tokens(
        2**30, 1024
    )
