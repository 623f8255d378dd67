"""Keys of a configuration that do not bear on memory, though they have numbers.

By exact name where the name has a word of a model's structure in it, by a narrow pattern elsewhere. From the configuration
classes of Transformers 5.24 and vLLM 0.33, and from the configuration files of families with code of their own.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_STRUCTURE = re.compile(
    r"expert|layer|head|hidden|ffn|feed|intermediate|dim|kv|rank|moe|block|mamba|ssm|conv|size|width|depth|channel|num|^n_|"
    r"count|inner|latent|group|lora|adapter|memory|share|loop|repeat|slot|stage|expan|mult|embed|vocab|state|per_",
    re.IGNORECASE,
)
_PATTERN = re.compile(
    r"_token_ids?$|_token_index$|(^|_)dropout(_prob|_p|_rate)?$|_eps(ilon)?$|_theta$|_loss_(coef|weight|coefficient)$|"
    r"(^|_)(soft)?cap(ping)?$|^(rope|rotary|mrope|yarn|llama_4_scaling)(_|$)|_temperature$|_penalty$|_version$|_fp32$|_id$"
)
_NAMES = frozenset(
    {
        # What describes the file, and what it was made for.
        *(
            "architectures",
            "auto_map",
            "id2label",
            "label2id",
            "num_labels",
            "task_specific_params",
            "transformers_version",
        ),
        *(
            "quantization_config",
            "compression_config",
            "quantization",
            "torch_dtype",
            "dtype",
            "model_type",
            "problem_type",
        ),
        *("finetuning_task", "custom_pipelines", "pruned_heads", "tokenizer_class", "max_batch_size", "max_length"),
        *(
            "sentence_transformers",
            "unsloth_version",
            "generation_config",
            "version",
            "seed",
            "warmup_steps",
            "revision",
        ),
        *(
            "max_sequence_length",
            "max_new_tokens",
            "min_length",
            "top_k",
            "num_beams",
            "num_beam_groups",
            "num_return_sequences",
        ),
        *(
            "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size",
            "chunk_size_feed_forward",
            "length_penalty",
            "temperature",
        ),
        *("num_logits_to_keep", "logits_to_keep", "eos_token", "bos_token", "suppress_tokens", "begin_suppress_tokens"),
        # Positions, and how attention is scaled; lengths are read.
        *(
            "n_ctx",
            "long_factor",
            "short_factor",
            "high_freq_factor",
            "low_freq_factor",
            "attention_factor",
            "beta_fast",
        ),
        *("beta_slow", "factor", "original_max_position_embeddings", "original_rope", "no_rope_layers", "mscale"),
        *("no_rope_layer_interval", "mrope_section", "max_trained_positions", "query_pre_attn_scalar", "scale_depth"),
        *("layer_rope_theta", "rope_interleave", "mscale_all_dim", "rotary_dim", "rope_percent", "seq_length_scale"),
        *(
            "original_context_length",
            "base",
            "ntk_alpha",
            "xpos_scale_base",
            "partial_rotary_dim",
            "rope_head_dim_scale",
        ),
        *("attn_scale", "floor_scale", "scale_emb", "dim_model_base", "attention_chunk_size_note", "alibi_bias_max"),
        *("relative_attention_num_buckets", "relative_attention_max_distance", "scale_attn_by_inverse_layer_idx"),
        *("apply_query_key_layer_scaling", "max_window_layers", "embedding_multiplier", "residual_multiplier"),
        *("attention_multiplier", "logits_scaling", "logit_scale", "lm_head_multiplier", "mup_width_multiplier"),
        *("key_multiplier", "ssm_multipliers", "mlp_multipliers", "ssm_in_multiplier", "ssm_out_multiplier"),
        *(
            "attention_in_multiplier",
            "attention_out_multiplier",
            "attn_output_multiplier",
            "max_attn_value",
            "embedding_multiplier_scale",
        ),
        *(
            "output_multiplier_scale",
            "mup_attn_multiplier",
            "mup_embedding_multiplier",
            "mup_use_scaling",
            "mup_base_hidden_size",
        ),
        *("linear_attn_alpha_factor", "linear_attn_beta_factor", "full_attn_alpha_factor", "full_attn_beta_factor"),
        *("layernorm_full_attention_alpha", "layernorm_full_attention_beta", "layernorm_linear_attention_alpha"),
        *(
            "layernorm_linear_attention_beta",
            "layernorm_mlp_alpha",
            "layernorm_mlp_beta",
            "mlp_alpha_factor",
            "mlp_beta_factor",
        ),
        *("swiglu_limit", "swiglu_alpha", "clip_qkv", "qkv_clip", "clamp_value", "initializer_cutoff_factor"),
        # How tokens choose experts, and what training adds to that.
        *("n_group", "topk_group", "num_expert_group", "num_expert_groups", "topk_groups", "num_limited_groups"),
        *(
            "routed_scaling_factor",
            "route_scale",
            "router_scaling_factor",
            "moe_router_scaling_factor",
            "router_capacity",
        ),
        *(
            "moe_router_topk_scaling_factor",
            "moe_router_num_groups",
            "moe_router_group_topk",
            "moe_router_topk_limited_devices",
        ),
        *("moe_router_enable_expert_bias", "use_expert_bias", "moe_normalize_expert_weights", "moe_loss_weight"),
        *(
            "moe_shared_expert_overlap",
            "moe_router_use_sigmoid",
            "moe_capacity",
            "expert_capacity_factor",
            "capacity_factor",
        ),
        *("moe_eval_capacity_token_fraction", "moe_capacity_factor", "moe_eval_capacity_factor", "moe_min_capacity"),
        *(
            "moe_token_drop_policy",
            "moe_drop_tokens",
            "moe_use_aux_free",
            "moe_use_hardware_optimized",
            "moe_renormalize",
        ),
        *("norm_topk_prob", "moe_norm_topk_prob", "norm_expert_weight", "moe_router_pre_softmax", "moe_permute_fusion"),
        *("enable_moe_fp32_combine", "moe_apply_router_weight_on_input"),
        *("moe_random_routing_dropped_token", "moe_group_experts", "use_moe_router_bias", "moe_grouped_gemm"),
        *("ep_size", "moe_token_dispatcher_type", "pretraining_tp", "tensor_parallel_size", "sequence_parallel"),
        # Further tokens at a time, which vLLM does not load unless speculative decoding takes them.
        *(
            "num_nextn_predict_layers",
            "num_mtp_modules",
            "mtp_transformer_layers",
            "mtp_num_hidden_layers",
            "num_mtp_layers",
        ),
        *(
            "mtp_num_layers",
            "mtp_loss_scaling_factor",
            "mtp_layers_block_type",
            "mtp_hybrid_override_pattern",
            "use_mtp",
        ),
        *("mtp_share_layers", "mtp_use_dedicated_embeddings", "mtp_expand_ratio"),
        # How Mamba is computed.
        *(
            "mamba_chunk_size",
            "chunk_size",
            "use_mamba_kernels",
            "use_mambapy",
            "mamba_norm_before_gate",
            "mamba_hidden_act",
        ),
        *("mamba_use_mlp", "mamba_dt_max", "mamba_step_limit", "time_step_limit", "time_step_max", "time_step_min"),
        *("lightning_block_size", "linear_a_log_max"),
        # Lengths that a tokenizer cuts at.
        "max_tokenizer_truncation",
        # Image tokens.
        *("image_token_count", "spatial_patch_size", "vision_feature_layer", "vision_feature_select_strategy"),
    }
)
_OF_FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "block_dim": ("lfm2", "lfm2_moe"),  # the hidden size again, and the networks' width under its old name
        "block_ff_dim": ("lfm2", "lfm2_moe"),
        "conv_dim_out": ("lfm2", "lfm2_moe"),
        "conv_dim": ("lfm2", "lfm2_moe"),
        "conv_use_xavier_init": ("lfm2", "lfm2_moe"),
        "qk_head_dim": ("glm_moe_dsa", "glm4_moe_lite", "longcat_flash", "deepseek_v3", "deepseek_v32"),
        "enable_moe_block": ("gemma4_text",),
        "mla_use_nope": ("kimi_linear",),
        "num_hash_layers": ("deepseek_v4",),  # where a table by token chooses the experts
        "index_block_size": ("minimax_m3_vl", "minimax_m3_vl_text", "minimax_m3_text", "minimax_m3"),
        "index_local_blocks": ("minimax_m3_vl", "minimax_m3_vl_text", "minimax_m3_text", "minimax_m3"),
        "vocab_size_per_layer_input": ("gemma4_text",),
        "num_attention_heads": ("nemotron_h", "granitemoehybrid"),  # where no layer has attention
        "num_key_value_heads": ("nemotron_h", "granitemoehybrid"),
        "head_dim": ("nemotron_h", "granitemoehybrid"),
        **dict.fromkeys(("bskcn_1", "bskcn_2", "bskcn_3", "bskcn_4", "bskcn_tv"), ("solar",)),
        "layer_switch": ("cohere2",),
        "full_attention_interval": ("qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "qwen3_next"),
        "num_ln_in_parallel_attn": ("falcon",),
        "linear_head_dim": ("kimi_linear",),
        "linear_num_heads": ("kimi_linear",),
        "hybrid_block_size": ("mimo_v2_flash",),
        "mlp_intermediate_size": ("minimax_m2",),  # of a dense network that no layer has
        "num_heads": ("qwen2_vl", "qwen2_vl_text"),
        "block_size": ("minimax", "minimax_m1", "minimax_text_01"),
        "fullatt_block_indexes": ("qwen2_5_vl", "qwen2_5_vl_text"),
        "local_attention": ("modernbert",),
        # How images are cut before they reach the tower.
        **dict.fromkeys(("image_size", "patch_size", "slice_config", "vision_batch_size"), ("minicpmv",)),
    }
)
"""Keys that bear on nothing in some families, and might in others."""


def is_harmless(name: str, model_type: str) -> bool:
    """Whether a key bears on no memory.

    Args:
        name: The key.
        model_type: Of the language model.
    """
    if name in _NAMES or model_type in _OF_FAMILIES.get(name, ()):
        return True
    return not _STRUCTURE.search(name) and bool(_PATTERN.search(name))
