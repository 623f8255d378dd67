"""What each layer is: the many ways in which hybrids say it."""

from typing import Any

import pytest

from planner.model.blocks import listed_depth, read_blocks
from planner.model.keys import Keys, UnreadableConfigError
from planner.model.layers import DeltaNet, LinearAttention, ShortConvolution, StateSpace
from planner.model.reading import read_architecture
from tests.planner.configs import INDEXER, LATENT, llama


@pytest.mark.parametrize(
    ("model_type", "keys", "blocks"),
    [
        ("nemotron_h", {"hybrid_override_pattern": "ME*-"}, "mamba moe attention mlp"),
        ("nemotron_h", {"layers_block_type": ["mamba", "moe", "attention", "mlp"]}, "mamba moe attention mlp"),
        ("bamba", {"attn_layer_indices": [2]}, "mamba mamba attention mamba"),
        ("jamba", {"attn_layer_period": 4, "attn_layer_offset": 1}, "mamba attention mamba mamba"),
        ("granitemoehybrid", {"layer_types": ["mamba", "attention"] * 2}, "mamba attention mamba attention"),
        (
            "granitemoehybrid",
            {"layer_types": ["linear_attention", "full_attention"] * 2, "mamba_d_state": 128},
            "mamba attention mamba attention",
        ),
        (
            "nemotron_h",
            {"layers_block_type": ["linear_attention", "moe", "full_attention", "mlp"], "ssm_state_size": 128},
            "mamba moe attention mlp",
        ),
        ("kimi_linear", {"layer_types": ["linear_attention"] * 3 + ["full_attention"]}, "delta delta delta attention"),
        (
            "minimax",
            {"layer_types": ["linear_attention", "full_attention"] * 2},
            "lightning attention lightning attention",
        ),
        ("lfm2", {"full_attn_idxs": [1, 3]}, "convolution attention convolution attention"),
        (
            "lfm2",
            {"layer_types": ["conv", "conv", "full_attention", "conv"]},
            "convolution convolution attention convolution",
        ),
        ("qwen3_next", {"linear_num_value_heads": 8}, "delta delta delta attention"),
        (
            "qwen3_5_text",
            {"full_attention_interval": 2, "linear_num_value_heads": 8},
            "delta attention delta attention",
        ),
        (
            "kimi_linear",
            {"linear_attn_config": {"full_attn_layers": [4], "kda_layers": [1, 2, 3]}},
            "delta delta delta attention",
        ),
        ("minimax_text_01", {"attn_type_list": [0, 0, 0, 1]}, "lightning lightning lightning attention"),
        ("bailing_moe_linear", {"layer_group_size": 2}, "lightning attention lightning attention"),
        ("falcon_h1", {}, "parallel parallel parallel parallel"),
        ("mamba2", {}, "mamba mamba mamba mamba"),
        ("recurrent_gemma", {}, "other other other other"),
        ("brandnew", {"layer_types": ["full_attention", "gated_slots"] * 2}, "attention other attention other"),
    ],
)
def test_blocks(model_type: str, keys: dict[str, Any], blocks: str) -> None:
    assert read_blocks(Keys(keys), model_type, 4) == tuple(blocks.split())


@pytest.mark.parametrize("keys", [{}, {"layer_types": ["sliding_attention", "full_attention"] * 2}])
def test_attention_alone_needs_no_list(keys: dict[str, Any]) -> None:
    assert read_blocks(Keys(keys), "llama", 4) is None


def test_depth_of_lists() -> None:
    assert listed_depth(Keys({"layers_block_type": ["mamba"] * 7})) == 7
    assert listed_depth(Keys({"hybrid_override_pattern": "M*E"})) == 3
    assert listed_depth(Keys({"num_hidden_layers": 4, "layer_types": ["mamba"] * 7})) is None
    with pytest.raises(UnreadableConfigError, match="lists 3,000 layers"):
        listed_depth(Keys({"layers_block_type": ["mamba"] * 3000}))


def test_a_list_that_contradicts_the_count() -> None:
    with pytest.raises(UnreadableConfigError, match=r"layers_block_type in its config\.json is a list of 3"):
        read_blocks(Keys({"layers_block_type": ["mamba"] * 3}), "nemotron_h", 4)


@pytest.mark.parametrize(
    ("changes", "mixer"),
    [
        (
            {"model_type": "jamba", "mamba_d_state": 16, "mamba_expand": 2, "mamba_dt_rank": "auto", "num_experts": 1},
            StateSpace(version=1, inner=4096, heads=4096, head_dim=1, state=16, step_rank=128, norm=True),
        ),
        (
            {"model_type": "bamba", "attn_layer_indices": [3], "mamba_n_heads": 64, "mamba_d_head": "auto"},
            StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=256),
        ),
        (
            {"model_type": "qwen3_next", "num_experts": 0},
            DeltaNet(key_heads=16, value_heads=32, key_dim=128, value_dim=128),
        ),
        (
            {
                "model_type": "kimi_linear",
                "linear_attn_config": {"full_attn_layers": [4], "num_heads": 8, "head_dim": 64},
            },
            DeltaNet(key_heads=8, value_heads=8, key_dim=64, value_dim=64, kimi=True),
        ),
        ({"model_type": "lfm2", "full_attn_idxs": [3], "conv_L_cache": 3}, ShortConvolution(width=2048, kernel=3)),
        (
            {"model_type": "minimax_m1", "attn_type_list": [0] * 15 + [1], "num_local_experts": 1},
            LinearAttention(heads=32, head_dim=64),
        ),
    ],
)
def test_mixers(changes: dict[str, Any], mixer: Any) -> None:
    shape = read_architecture(llama(**changes))
    assert shape.layers[0].mixers == (mixer,)
    assert shape.uncovered == ()
    assert shape.attentions


def test_layers_of_one_part_only() -> None:
    config = llama(model_type="nemotron_h", num_hidden_layers=4, hybrid_override_pattern="M*E-", n_routed_experts=8)
    layers = read_architecture(config).layers
    assert [(len(layer.mixers), len(layer.feed_forward), layer.norms) for layer in layers] == [
        *((1, 0, 1), (1, 0, 1)),
        *((0, 1, 1), (0, 1, 1)),
    ]


def test_attention_beside_mamba() -> None:
    shape = read_architecture(llama(model_type="falcon_h1", mamba_n_heads=32, mamba_d_ssm=4096))
    assert [type(mixer).__name__ for mixer in shape.layers[0].mixers] == ["StateSpace", "Attention"]


@pytest.mark.parametrize("name", ["indexed_attention", "deepseek_sparse_attention"])
def test_names_of_sparse_attention(name: str) -> None:
    keys = {**LATENT, **INDEXER, "qk_head_dim": 192}
    shape = read_architecture(llama(model_type="glm_moe_dsa", layer_types=[name] * 16, **keys))
    assert shape.uncovered == ()
    assert all(each.indexer for each in shape.attentions)


def test_a_sum_of_two_dimensions_that_is_another_is_named() -> None:
    config = llama(model_type="deepseek_v2", hidden_act="silu", **LATENT)
    assert read_architecture(config | {"qk_head_dim": 192}).uncovered == ()
    assert read_architecture(config | {"qk_head_dim": 256}).uncovered == ("the keys qk_head_dim",)


def test_kimi_delta_attention_as_transformers_writes_it() -> None:
    common = {"model_type": "kimi_linear", "num_hidden_layers": 4, "kv_lora_rank": 512, "qk_nope_head_dim": 128}
    common |= {"qk_rope_head_dim": 64, "v_head_dim": 128, "head_dim": 64}
    own = {"full_attn_layers": [4], "kda_layers": [1, 2, 3], "num_heads": 32, "head_dim": 128}
    first = read_architecture(llama(**common, linear_attn_config=own | {"short_conv_kernel_size": 4}))
    flat = {"linear_num_heads": 32, "linear_head_dim": 128, "linear_conv_kernel_dim": 4}
    second = read_architecture(llama(**common, **flat, layer_types=["linear_attention"] * 3 + ["full_attention"]))
    assert (second.uncovered, second.layers) == ((), first.layers)
