"""Weights of attention of newer families, against the shapes of their checkpoints' tensors written out."""

from typing import Any

import pytest

from planner.model.layers import Experts
from planner.model.parameters import layer_weights, total
from planner.model.reading import read_architecture
from tests.planner.configs import LATENT

STEP_3P5: dict[str, Any] = {
    "architectures": ["Step3p5ForCausalLM"], "model_type": "step3p5", "hidden_size": 256, "intermediate_size": 512,
    "num_hidden_layers": 5, "num_attention_heads": 4, "num_attention_groups": 2, "head_dim": 128, "vocab_size": 64,
    "max_position_embeddings": 4096, "num_nextn_predict_layers": 1, "sliding_window": 64,
    "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention", "full_attention",
                    "sliding_attention"],
    "rope_theta": [5e6, 1e4, 1e4, 5e6, 5e6, 1e4], "partial_rotary_factors": [0.5, 1.0, 1.0, 0.5, 0.5, 1.0],
    "attention_other_setting": {"attention_type": "sliding_attention", "num_attention_heads": 6,
                                "num_attention_groups": 2, "head_dim": 128},
    "swiglu_limits": [0.0, 0.0, 0.0, 0.0, 7.0, 0.0], "moe_layers_enum": "2,3,4", "moe_num_experts": 8, "moe_top_k": 2,
    "moe_intermediate_size": 64, "share_expert_dim": 96, "share_expert_dims": 96, "moe_router_activation": "sigmoid",
    "moe_router_scaling_factor": 3.0, "use_moe_router_bias": True, "use_head_wise_attn_gate": True,
    "use_qk_norm": True, "need_fp32_gate": True, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
}  # fmt: skip
"""Of the form that Step 3.5 Flash is published in, with small dimensions; the last entries are of a predicting layer."""


def test_step_3p5_has_more_heads_in_a_window_and_a_gate_for_each() -> None:
    shape = read_architecture(STEP_3P5)
    assert not shape.uncovered
    width, dim, kv = 256, 128, 2

    def attention(heads: int) -> int:
        return width * (2 * heads * dim + 2 * kv * dim + heads) + 2 * dim + 2 * width

    dense = 3 * width * 512
    mixture = width * 8 + 8 + 8 * 3 * width * 64 + 3 * width * 96
    assert total(shape) == (2 * 64 * width + width + 3 * attention(4) + 2 * attention(6) + 2 * dense + 3 * mixture)
    assert [(each.heads, each.kv_heads, each.window) for layer in shape.layers for each in layer.attentions] == [
        (4, 2, None), (6, 2, 64), (6, 2, 64), (4, 2, None), (4, 2, None),
    ]  # fmt: skip


def test_step_3p5_as_transformers_writes_it_has_the_same_weights() -> None:
    written = {key: value for key, value in STEP_3P5.items() if key not in {"attention_other_setting", "layer_types"}}
    written |= {"num_sliding_attention_heads": 6, "layer_types": STEP_3P5["layer_types"][:5]}
    assert total(read_architecture(written)) == total(read_architecture(STEP_3P5))


def test_step_3_projects_queries_to_a_width_that_all_heads_share() -> None:
    """321B in its card; one head of keys, which every GPU has (``step3_text.py``)."""
    config = {"model_type": "step3_text", "architectures": ["Step3TextForCausalLM"], "hidden_size": 7168,
        "intermediate_size": 18432, "num_hidden_layers": 61, "num_attention_heads": 64, "num_attention_groups": 1,
        "head_dim": 256, "share_q_dim": 2048, "moe_intermediate_size": 5120, "moe_num_experts": 48, "moe_top_k": 3,
        "share_expert_dim": 5120, "moe_layers_enum": ",".join(map(str, range(4, 60))), "vocab_size": 128815,
        "max_seq_len": 65536, "norm_expert_weight": False}  # fmt: skip
    shape = read_architecture(config)
    assert not shape.uncovered
    layer = shape.layers[0]
    queries = {weight.module: weight.count for weight in layer_weights(shape, layer) if "self_attn" in weight.module}
    assert queries["self_attn.q_proj"] == 7168 * 2048
    assert queries["self_attn.wq"] == 2048 * 64 * 256
    assert total(shape) == pytest.approx(316e9, rel=0.005)  # 321 with the tower and its projector


MINIMAX_M3: dict[str, Any] = {
    "model_type": "minimax_m3_vl_text", "architectures": ["MiniMaxM3SparseForCausalLM"], "hidden_size": 6144,
    "intermediate_size": 3072, "dense_intermediate_size": 12288, "shared_intermediate_size": 3072,
    "num_hidden_layers": 60, "num_attention_heads": 64, "num_key_value_heads": 4, "head_dim": 128,
    "vocab_size": 200064, "max_position_embeddings": 1048576, "use_gemma_norm": True, "rotary_dim": 64,
    "hidden_act": "swigluoai", "use_qk_norm": True, "qk_norm_type": "per_head", "num_local_experts": 128,
    "num_experts_per_tok": 4, "n_shared_experts": 1, "use_routing_bias": True, "num_mtp_modules": 1,
    "tie_word_embeddings": False,
}  # fmt: skip
_SPARSE = [0] * 3 + [1] * 57


@pytest.mark.parametrize(
    "written",
    [
        {"moe_layer_freq": _SPARSE, "sparse_attention_config": {"use_sparse_attention": True, "sparse_index_dim": 128,
            "sparse_num_index_heads": 4, "sparse_topk_blocks": 16, "sparse_block_size": 128, "sparse_init_block": 0,
            "sparse_local_block": 1, "sparse_score_type": "max", "sparse_disable_index_value": _SPARSE,
            "sparse_attention_freq": _SPARSE}},
        {"mlp_layer_types": ["dense"] * 3 + ["sparse"] * 57, "index_n_heads": 4, "index_head_dim": 128,
            "index_block_size": 128, "index_topk_blocks": 16, "index_local_blocks": 1,
            "layer_types": ["full_attention"] * 3 + ["minimax_m3_sparse"] * 57},
    ],
    ids=["published", "transformers"],
)  # fmt: skip
def test_minimax_m3_has_an_indexer_in_its_sparse_layers(written: dict[str, Any]) -> None:
    """Transformers 5.24 counts 445,957,248,000 in its language model where every layer has experts and none an indexer."""
    shape = read_architecture(MINIMAX_M3 | written)
    assert not shape.uncovered
    all_mixtures = 445_957_248_000 + 6144 * 200064 + 60 * 128  # the router's bias is none of its parameters
    routed = 128 * 3 * 6144 * 3072 + 3 * 6144 * 3072 + 128 * 6144 + 128
    indexer = 6144 * (4 * 128 + 128) + 2 * 128
    assert total(shape) == all_mixtures - 3 * (routed - 3 * 6144 * 12288) + 57 * indexer


def test_kimi_k3_gates_its_attention_and_works_within_a_smaller_width() -> None:
    """``vllm/models/kimi_k3``: a full gate in delta attention, one as wide as the values in latent attention."""
    config = LATENT | {"model_type": "kimi_linear", "architectures": ["KimiLinearForCausalLM"], "hidden_size": 7168,
        "intermediate_size": 33792, "num_hidden_layers": 4, "num_attention_heads": 96, "num_key_value_heads": 96,
        "vocab_size": 163840, "max_position_embeddings": 1048576, "first_k_dense_replace": 1, "num_experts": 896,
        "num_experts_per_token": 16, "num_shared_experts": 2, "moe_intermediate_size": 3072, "moe_layer_freq": 1,
        "routed_expert_hidden_size": 3584, "latent_moe_use_norm": True, "mla_use_nope": True, "hidden_act": "situ",
        "mla_use_output_gate": True, "attn_res_block_size": 12, "topk_method": "noaux_tc",
        "linear_attn_config": {"num_heads": 96, "head_dim": 128, "short_conv_kernel_size": 4,
            "use_full_rank_gate": True, "full_attn_layers": [4], "kda_layers": [1, 2, 3]}}  # fmt: skip
    shape = read_architecture(config)
    assert not shape.uncovered
    width, inner = 7168, 96 * 128
    delta = 5 * width * inner + 128 * (width + inner) + 96 * width + 12 * inner + 96 + inner + 128
    latent = width * (1536 + 576) + 1536 * 96 * 192 + 512 * 96 * 256 + 2 * width * inner + 1536 + 512
    dense = 3 * width * 33792
    mixture = 896 * (width + 1 + 3 * 3584 * 3072) + 3 * width * 6144 + 2 * width * 3584 + 3584
    norms = 6 * width
    assert total(shape) == (2 * 163840 * width + width + 4 * norms + 3 * delta + latent + dense + 3 * mixture)
    routed = [part for layer in shape.layers for part in layer.feed_forward if isinstance(part, Experts)]
    assert {part.latent_width for part in routed} == {3584}
    assert shape.unmeasured


DEEPSEEK_V4: dict[str, Any] = {
    "model_type": "deepseek_v4", "architectures": ["DeepseekV4ForCausalLM"], "hidden_size": 4096, "head_dim": 512,
    "num_hidden_layers": 43, "num_attention_heads": 64, "num_key_value_heads": 1, "q_lora_rank": 1024,
    "qk_rope_head_dim": 64, "o_lora_rank": 1024, "o_groups": 8, "index_n_heads": 64, "index_head_dim": 128,
    "index_topk": 512, "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 6,
    "moe_intermediate_size": 2048, "sliding_window": 128, "vocab_size": 129280, "max_position_embeddings": 1048576,
    "hc_mult": 4, "hc_sinkhorn_iters": 20, "hc_eps": 1e-6, "hidden_act": "silu", "tie_word_embeddings": False,
}  # fmt: skip
_KINDS = ["heavily_compressed_attention"] * 3 + ["compressed_sparse_attention", "heavily_compressed_attention"] * 20


def test_deepseek_v4_has_the_weights_that_transformers_counts() -> None:
    """Transformers 5.24 counts 284,325,869,015; beside layers, the last mix of streams and the mixes' biases and scales."""
    rates = {"compressed_sparse_attention": 4, "heavily_compressed_attention": 128}
    written = DEEPSEEK_V4 | {
        "layer_types": _KINDS, "compress_rates": rates, "mlp_layer_types": ["hash_moe"] * 3 + ["moe"] * 40,
    }  # fmt: skip
    shape = read_architecture(written)
    assert not shape.uncovered
    last_mix, biases_and_scales = 4 * 4 * 4096 + 4 + 1, 43 * 2 * (24 + 3)
    assert total(shape) == 284_325_869_015 - last_mix - biases_and_scales
    assert shape.unmeasured == ("what compressed attention and its parallel streams keep while profiling",)


def test_deepseek_v4_as_published_has_no_compressor_in_its_first_layers() -> None:
    ratios = [0, 0, *[4, 128] * 20, 4, 0]
    published = DEEPSEEK_V4 | {"compress_ratios": ratios, "num_nextn_predict_layers": 1, "num_hash_layers": 3}
    shape = read_architecture(published)
    assert not shape.uncovered
    found = [each.compressed.ratio for layer in shape.layers for each in layer.attentions if each.compressed]
    assert found == ratios[:43]
    assert total(shape) == pytest.approx(284.3e9, rel=0.001)
