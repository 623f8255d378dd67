"""Heads, their sizes, windows and biases, as configurations give them."""

from typing import Any

import pytest

from planner.model.layers import Attention
from planner.model.parameters import total
from planner.model.reading import read_architecture
from tests.planner.configs import INDEXER, LATENT, llama


def attentions(**changes: Any) -> list[Attention]:
    return [layer.attentions[0] for layer in read_architecture(llama(**changes)).layers]


@pytest.mark.parametrize(
    ("keys", "heads"),
    [
        ({"num_kv_heads": 4}, 4),
        ({"n_head_kv": 2}, 2),
        ({"multi_query_group_num": 2, "multi_query_attention": True}, 2),
        ({"multi_query_group_num": 2, "multi_query_attention": False}, 32),
        ({"num_attention_groups": 8}, 8),
        ({"num_query_groups": 8}, 8),
        ({"attn_config": {"kv_n_heads": 8}}, 8),
        ({"multi_query": True, "num_kv_heads": 16}, 1),
        ({"multi_query": True, "new_decoder_architecture": True, "num_kv_heads": 16}, 16),
        ({}, 32),
    ],
)
def test_kv_heads_by_many_names(keys: dict[str, Any], heads: int) -> None:
    assert {each.kv_heads for each in attentions(num_key_value_heads=None, **keys)} == {heads}


def test_kv_heads_that_differ_by_layer() -> None:
    assert [each.kv_heads for each in attentions(num_hidden_layers=4, num_key_value_heads=[1, 2, 4, 8])] == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("keys", "dim"), [({}, 64), ({"head_dim": 128}, 128), ({"kv_channels": 96}, 96), ({"attention_head_dim": 80}, 80)]
)
def test_dimension_of_a_head(keys: dict[str, Any], dim: int) -> None:
    assert attentions(**keys)[0].head_dim == dim


def test_two_sizes_of_heads() -> None:
    kinds = (["sliding_attention"] * 5 + ["full_attention"]) * 2
    found = attentions(
        model_type="gemma4_text",
        num_hidden_layers=12,
        layer_types=kinds,
        sliding_window=1024,
        head_dim=256,
        global_head_dim=512,
        num_global_key_value_heads=4,
        num_kv_shared_layers=4,
    )
    assert [(each.kv_heads, each.head_dim, each.window) for each in found[4:6]] == [(8, 256, 1024), (4, 512, None)]
    assert [each.shares_kv for each in found] == [False] * 8 + [True] * 4


def test_chunks_but_in_every_fourth_layer() -> None:
    found = attentions(model_type="llama4_text", num_hidden_layers=8, attention_chunk_size=4096, num_local_experts=1)
    assert [each.window for each in found] == [4096, 4096, 4096, None] * 2
    listed = attentions(model_type="llama4_text", num_hidden_layers=4, no_rope_layers=[1, 0, 1, 0], num_local_experts=1)
    assert [each.chunked for each in listed] == [True, False, True, False]


@pytest.mark.parametrize(
    ("keys", "windowed"),
    [
        ({"sliding_window_pattern": 4}, [0, 1, 2]),
        ({"sliding_window_pattern": "LLLG"}, [0, 1, 2]),
        ({"layer_types": ["sliding_attention", "full_attention"] * 2}, [0, 2]),
        ({"layer_types": ["full_attention"] * 4}, []),
        ({"use_sliding_window": True, "max_window_layers": 3}, [3]),
        ({"use_sliding_window": True, "max_window_layers": 4}, [0, 1, 2, 3]),
        ({"use_sliding_window": False}, []),
        ({}, [0, 1, 2, 3]),
        ({"sliding_window": [None, 512, 0, 512]}, [1, 3]),
    ],
)
def test_layers_with_a_window(keys: dict[str, Any], windowed: list[int]) -> None:
    found = attentions(**{"num_hidden_layers": 4, "sliding_window": 512, **keys})
    assert [index for index, each in enumerate(found) if each.window] == windowed


@pytest.mark.parametrize("model_type", ["deepseek_v3", "sarvam_mla", "mistral4"])
def test_latent_attention_whose_compressed_form_is_cached(model_type: str) -> None:
    shape = read_architecture(llama(model_type=model_type, **LATENT))
    assert not shape.uncovered
    assert shape.latent is not None


def test_latent_attention_that_is_cached_whole() -> None:
    keys = {"kv_lora_rank": 256, "q_lora_rank": 768, "qk_nope_head_dim": 64, "qk_rope_head_dim": 32}
    plain, latent = attentions(model_type="minicpm3", **keys)[0], attentions(model_type="deepseek_v3", **keys)[0]
    assert plain.latent
    assert latent.latent
    assert (plain.latent.cached, plain.kv_heads, plain.head_dim) == (False, 32, 96)
    assert (latent.latent.cached, latent.latent.value_dim) == (True, 128)


SPARSE = {"model_type": "glm_moe_dsa", "num_hidden_layers": 9, **LATENT, **INDEXER}


@pytest.mark.parametrize(
    ("keys", "own"),
    [
        ({}, range(9)),
        ({"index_topk_freq": 4, "index_skip_topk_offset": 3}, [0, 1, 2, 6]),
        ({"index_topk_freq": 4, "index_skip_topk_offset": 3, "index_topk_pattern": None}, [0, 1, 2, 6]),
        ({"index_topk_freq": 2}, [0, 1, 3, 5, 7]),
        ({"index_topk_pattern": "FFSSFSSSS"}, [0, 1, 4]),
        ({"indexer_types": ["full"] * 3 + ["shared"] * 3 + ["full"] + ["shared"] * 2}, [0, 1, 2, 6]),
    ],
)
def test_indexers_that_layers_share(keys: dict[str, Any], own: list[int]) -> None:
    found = [each.indexer for each in attentions(**SPARSE, **keys)]
    assert all(found)
    assert [index for index, each in enumerate(found) if each and not each.shared] == list(own)


def test_a_shared_indexer_has_no_weights() -> None:
    one = 1536 * 32 * 128 + 2048 * 128 + 2 * 128 + 2048 * 32
    every = total(read_architecture(llama(**SPARSE)))
    assert every - total(read_architecture(llama(**SPARSE, index_topk_pattern="FSSSSSSSS"))) == 8 * one


@pytest.mark.parametrize(
    "keys",
    [
        {"is_causal": False},
        {"model_type": "gemma3_text", "architectures": ["Gemma3TextModel"], "use_bidirectional_attention": True},
        {"model_type": "llama_bidirec", "architectures": ["LlamaBidirectionalModel"], "hidden_act": "silu"},
    ],
)
def test_an_embedding_model_made_of_a_decoder_caches_nothing(keys: dict[str, Any]) -> None:
    assert not read_architecture(llama(**keys)).caches


@pytest.mark.parametrize(
    "keys",
    [{"is_causal": True}, {"use_bidirectional_attention": "vision"}, {"use_bidirectional_attention": False}, {}],
)
def test_other_decoders_cache(keys: dict[str, Any]) -> None:
    assert read_architecture(llama(**keys)).caches


def test_a_class_of_latent_attention_without_it_has_plain_heads() -> None:
    plain = {"kv_lora_rank": None, "qk_nope_head_dim": 0, "qk_rope_head_dim": 0, "v_head_dim": 0, "q_lora_rank": None}
    found = attentions(model_type="deepseek_v2", **plain)[0]
    assert (found.latent, found.head_dim, found.value_dim) == (None, 64, 64)


def test_heads_of_each_layer_beside_one_number() -> None:
    keys = {"model_type": "laguna", "hidden_act": "silu", "num_hidden_layers": 4}
    keys |= {"num_attention_heads_per_layer": [16, 32, 32, 16]}
    assert read_architecture(llama(**keys)).uncovered == ()
    assert [each.heads for each in attentions(**keys)] == [16, 32, 32, 16]
