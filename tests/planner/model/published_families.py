"""Public dimensions of families served by vLLM 0.8 to 0.33, and rounded numbers of parameters, entered by hand."""

from typing import Any

# fmt: off
BILLIONS: dict[str, tuple[float, dict[str, Any]]] = {
    "tiiuae/falcon-7b, output layer tied": (6.92, {"model_type": "falcon", "architectures": ["FalconForCausalLM"],
        "alibi": False, "bias": False, "hidden_size": 4544, "multi_query": True, "new_decoder_architecture": False,
        "num_attention_heads": 71, "num_hidden_layers": 32, "parallel_attn": True, "vocab_size": 65024}),
    "tiiuae/falcon-180B, tied": (178.6, {"model_type": "falcon", "hidden_size": 14848, "num_attention_heads": 232,
        "num_kv_heads": 8, "num_hidden_layers": 80, "new_decoder_architecture": True, "vocab_size": 65024,
        "multi_query": True}),
    "tiiuae/falcon-40b in its first form, tied": (41.3, {"model_type": "RefinedWeb", "hidden_size": 8192, "n_head":
        128, "n_head_kv": 8, "n_layer": 60, "vocab_size": 65024, "bias": False, "alibi": False, "parallel_attn":
        True}),
    "EleutherAI/gpt-neox-20b": (20.55, {"model_type": "gpt_neox", "hidden_act": "gelu_fast", "hidden_size": 6144,
        "intermediate_size": 24576, "max_position_embeddings": 2048, "num_attention_heads": 64, "num_hidden_layers":
        44, "rotary_pct": 0.25, "rotary_emb_base": 10000, "vocab_size": 50432, "tie_word_embeddings": False}),
    "EleutherAI/gpt-j-6b": (6.05, {"model_type": "gptj", "activation_function": "gelu_new", "n_embd": 4096, "n_head":
        16, "n_inner": None, "n_layer": 28, "n_positions": 2048, "rotary_dim": 64, "vocab_size": 50400,
        "tie_word_embeddings": False}),
    "openai-community/gpt2-xl": (1.558, {"model_type": "gpt2", "n_ctx": 1024, "n_embd": 1600, "n_head": 25, "n_layer":
        48, "n_positions": 1024, "vocab_size": 50257}),
    "bigscience/bloom": (176.25, {"model_type": "bloom", "hidden_size": 14336, "n_head": 112, "n_layer": 70,
        "vocab_size": 250880, "seq_length": 2048, "n_inner": None}),
    "bigscience/bloomz-7b1": (7.07, {"model_type": "bloom", "n_embed": 4096, "num_attention_heads": 32, "n_layer": 30,
        "vocab_size": 250880}),
    "mosaicml/mpt-7b": (6.65, {"model_type": "mpt", "d_model": 4096, "n_heads": 32, "n_layers": 32, "max_seq_len":
        2048, "expansion_ratio": 4, "no_bias": True, "vocab_size": 50432, "attn_config": {"alibi": True, "attn_impl":
        "torch", "alibi_bias_max": 8, "attn_pdrop": 0, "attn_type": "multihead_attention"}, "init_config":
        {"fan_mode": "fan_in", "init_div_is_residual": True, "verbose": 0}}),
    "bigcode/starcoder": (15.5, {"model_type": "gpt_bigcode", "activation_function": "gelu", "multi_query": True,
        "n_embd": 6144, "n_head": 48, "n_inner": 24576, "n_layer": 40, "n_positions": 8192, "vocab_size": 49152}),
    "THUDM/chatglm2-6b": (6.24, {"model_type": "chatglm", "hidden_size": 4096, "ffn_hidden_size": 13696,
        "kv_channels": 128, "num_layers": 28, "num_attention_heads": 32, "multi_query_attention": True,
        "multi_query_group_num": 2, "padded_vocab_size": 65024, "seq_length": 32768, "add_bias_linear": False,
        "add_qkv_bias": True}),
    "THUDM/glm-4-9b-chat": (9.4, {"model_type": "chatglm", "hidden_size": 4096, "ffn_hidden_size": 13696,
        "kv_channels": 128, "num_layers": 40, "num_hidden_layers": 40, "num_attention_heads": 32,
        "multi_query_attention": True, "multi_query_group_num": 2, "padded_vocab_size": 151552, "vocab_size": 151552,
        "seq_length": 131072, "add_bias_linear": False, "add_qkv_bias": True, "tie_word_embeddings": False}),
    "Qwen/Qwen-72B": (72.3, {"model_type": "qwen", "hidden_size": 8192, "intermediate_size": 49152,
        "num_attention_heads": 64, "num_hidden_layers": 80, "kv_channels": 128, "vocab_size": 152064, "seq_length":
        32768, "max_position_embeddings": 32768, "no_bias": True, "tie_word_embeddings": False}),
    "internlm/internlm2-20b": (19.86, {"model_type": "internlm2", "hidden_size": 6144, "intermediate_size": 16384,
        "num_attention_heads": 48, "num_key_value_heads": 8, "num_hidden_layers": 48, "vocab_size": 92544, "bias":
        False, "max_position_embeddings": 32768}),
    "nvidia/Nemotron-4-340B-Instruct": (341, {"model_type": "nemotron", "hidden_size": 18432, "intermediate_size":
        73728, "num_attention_heads": 96, "num_key_value_heads": 8, "num_hidden_layers": 96, "vocab_size": 256000,
        "max_position_embeddings": 4096, "hidden_act": "relu2", "head_dim": 192}),
    "rednote-hilab/dots.llm1.inst": (142.8, {"model_type": "dots1", "hidden_size": 4096, "intermediate_size": 10944,
        "moe_intermediate_size": 1408, "num_attention_heads": 32, "num_key_value_heads": 32, "num_hidden_layers": 62,
        "n_routed_experts": 128, "n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1,
        "vocab_size": 152064, "max_position_embeddings": 32768, "head_dim": 128}),
    "microsoft/Phi-3.5-MoE-instruct": (41.9, {"model_type": "phimoe", "hidden_size": 4096, "intermediate_size": 6400,
        "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "num_local_experts": 16,
        "num_experts_per_tok": 2, "vocab_size": 32064, "max_position_embeddings": 131072, "attention_bias": True,
        "lm_head_bias": True, "sliding_window": 131072}),
    "ai21labs/AI21-Jamba-Mini-1.5": (51.6, {"model_type": "jamba", "hidden_size": 4096, "intermediate_size": 14336,
        "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "num_experts": 16,
        "num_experts_per_tok": 2, "attn_layer_offset": 4, "attn_layer_period": 8, "expert_layer_offset": 1,
        "expert_layer_period": 2, "mamba_d_conv": 4, "mamba_d_state": 16, "mamba_dt_rank": 256, "mamba_expand": 2,
        "mamba_conv_bias": True, "vocab_size": 65536, "max_position_embeddings": 262144}),
    "ai21labs/AI21-Jamba-Large-1.5": (398.6, {"model_type": "jamba", "hidden_size": 8192, "intermediate_size": 24576,
        "num_attention_heads": 64, "num_key_value_heads": 8, "num_hidden_layers": 72, "num_experts": 16,
        "num_experts_per_tok": 2, "attn_layer_offset": 4, "attn_layer_period": 8, "expert_layer_offset": 1,
        "expert_layer_period": 2, "mamba_d_conv": 4, "mamba_d_state": 16, "mamba_dt_rank": 512, "mamba_expand": 2,
        "mamba_conv_bias": True, "vocab_size": 65536, "max_position_embeddings": 262144}),
    "ibm-ai-platform/Bamba-9B": (9.78, {"model_type": "bamba", "hidden_size": 4096, "intermediate_size": 14336,
        "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 32, "attn_layer_indices": [9, 18,
        27], "mamba_d_conv": 4, "mamba_d_head": 64, "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1,
        "mamba_n_heads": 128, "vocab_size": 128256, "tie_word_embeddings": False, "attn_rotary_emb": 64,
        "mamba_chunk_size": 256}),
    "tiiuae/falcon-mamba-7b": (7.27, {"model_type": "falcon_mamba", "hidden_size": 4096, "intermediate_size": 8192,
        "num_hidden_layers": 64, "state_size": 16, "time_step_rank": 256, "conv_kernel": 4, "expand": 16,
        "vocab_size": 65024, "use_bias": False, "use_conv_bias": True, "tie_word_embeddings": False}),
    "state-spaces/mamba-2.8b-hf": (2.77, {"model_type": "mamba", "hidden_size": 2560, "intermediate_size": 5120,
        "num_hidden_layers": 64, "state_size": 16, "time_step_rank": 160, "conv_kernel": 4, "expand": 2, "vocab_size":
        50280, "d_model": 2560, "d_inner": 5120, "n_layer": 64}),
    "mistralai/Mamba-Codestral-7B-v0.1": (7.29, {"model_type": "mamba2", "hidden_size": 4096, "num_hidden_layers": 64,
        "state_size": 128, "num_heads": 128, "head_dim": 64, "n_groups": 8, "conv_kernel": 4, "expand": 2,
        "vocab_size": 32768, "tie_word_embeddings": False, "intermediate_size": 8192}),
    "ibm-granite/granite-4.0-h-small": (32.2, {"model_type": "granitemoehybrid", "hidden_size": 4096,
        "intermediate_size": 768, "shared_intermediate_size": 1536, "num_attention_heads": 32, "num_key_value_heads":
        8, "num_hidden_layers": 40, "num_local_experts": 72, "num_experts_per_tok": 10, "layer_types": ["mamba",
        "mamba", "mamba", "mamba", "mamba", "mamba", "mamba", "mamba", "mamba", "attention"] * 4, "mamba_d_conv": 4,
        "mamba_d_head": 64, "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1, "mamba_n_heads": 128,
        "vocab_size": 100352, "tie_word_embeddings": True}),
    "ibm-granite/granite-4.0-h-1b": (1.46, {"model_type": "granitemoehybrid", "hidden_size": 1536,
        "intermediate_size": 4096, "shared_intermediate_size": 4096, "num_attention_heads": 12, "num_key_value_heads":
        4, "num_hidden_layers": 40, "num_local_experts": 0, "num_experts_per_tok": 0, "layer_types": ["mamba",
        "mamba", "mamba", "mamba", "mamba", "mamba", "mamba", "mamba", "mamba", "attention"] * 4, "mamba_d_conv": 4,
        "mamba_d_head": 64, "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1, "mamba_n_heads": 48,
        "vocab_size": 100352, "tie_word_embeddings": True}),
    "LiquidAI/LFM2-1.2B": (1.17, {"model_type": "lfm2", "hidden_size": 2048, "block_dim": 2048, "block_ff_dim": 12288,
        "block_auto_adjust_ff_dim": True, "block_ffn_dim_multiplier": 1.0, "block_multiple_of": 256, "conv_L_cache":
        3, "conv_bias": False, "conv_dim": 2048, "conv_dim_out": 2048, "num_attention_heads": 32, "num_heads": 32,
        "num_key_value_heads": 8, "num_hidden_layers": 16, "vocab_size": 65536, "full_attn_idxs": [2, 5, 8, 10, 12,
        14], "max_position_embeddings": 128000}),
    "MiniMaxAI/MiniMax-Text-01": (456.1, {"model_type": "minimax_text_01", "hidden_size": 6144, "intermediate_size":
        9216, "head_dim": 128, "num_attention_heads": 64, "num_key_value_heads": 8, "num_hidden_layers": 80,
        "num_local_experts": 32, "num_experts_per_tok": 2, "attn_type_list": [0, 0, 0, 0, 0, 0, 0, 1] * 10,
        "vocab_size": 200064, "max_position_embeddings": 10240000, "shared_intermediate_size": 0, "rotary_dim": 64,
        "layernorm_linear_attention_alpha": 3.55}),
    "moonshotai/Kimi-Linear-48B-A3B-Instruct": (49.1, {"model_type": "kimi_linear", "hidden_size": 2304,
        "intermediate_size": 9216, "moe_intermediate_size": 1024, "num_attention_heads": 32, "num_key_value_heads":
        32, "num_hidden_layers": 27, "num_experts": 256, "num_experts_per_token": 8, "num_shared_experts": 1,
        "first_k_dense_replace": 1, "moe_layer_freq": 1, "kv_lora_rank": 512, "q_lora_rank": None, "qk_nope_head_dim":
        128, "qk_rope_head_dim": 64, "v_head_dim": 128, "head_dim": 72, "vocab_size": 163840, "model_max_length":
        1048576, "linear_attn_config": {"full_attn_layers": [4, 8, 12, 16, 20, 24, 27], "kda_layers": [1, 2, 3, 5],
        "head_dim": 128, "num_heads": 32, "short_conv_kernel_size": 4}, "num_expert_group": 1}),
    "Qwen/Qwen3-Next-80B-A3B-Instruct, without the layer for multi-token prediction": (79.7, {"model_type":
        "qwen3_next", "hidden_size": 2048, "intermediate_size": 5120, "moe_intermediate_size": 512,
        "shared_expert_intermediate_size": 512, "num_attention_heads": 16, "num_key_value_heads": 2, "head_dim": 256,
        "num_hidden_layers": 48, "num_experts": 512, "num_experts_per_tok": 10, "full_attention_interval": 4,
        "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128, "linear_num_key_heads": 16, "linear_num_value_heads":
        32, "linear_value_head_dim": 128, "decoder_sparse_step": 1, "vocab_size": 151936, "max_position_embeddings":
        262144, "partial_rotary_factor": 0.25}),
    "inclusionAI/Ling-lite": (16.8, {"model_type": "bailing_moe", "hidden_size": 2048, "intermediate_size": 5632,
        "moe_intermediate_size": 1408, "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 128,
        "num_hidden_layers": 28, "num_experts": 64, "num_experts_per_tok": 6, "num_shared_experts": 2,
        "first_k_dense_replace": 0, "vocab_size": 126464, "max_position_embeddings": 16384, "embedding_dropout": 0,
        "use_bias": False, "use_qkv_bias": False, "norm_head": False, "norm_softmax": False}),
    "deepseek-ai/deepseek-moe-16b-base": (16.38, {"model_type": "deepseek", "hidden_size": 2048, "intermediate_size":
        10944, "moe_intermediate_size": 1408, "num_attention_heads": 16, "num_key_value_heads": 16,
        "num_hidden_layers": 28, "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6,
        "first_k_dense_replace": 1, "moe_layer_freq": 1, "vocab_size": 102400, "max_position_embeddings": 4096}),
    "openbmb/MiniCPM-2B-sft-bf16": (2.72, {"model_type": "minicpm", "hidden_size": 2304, "intermediate_size": 5760,
        "num_attention_heads": 36, "num_key_value_heads": 36, "num_hidden_layers": 40, "vocab_size": 122753,
        "dim_model_base": 256, "scale_depth": 1.4, "scale_emb": 12, "max_position_embeddings": 4096}),
    "stabilityai/stablelm-2-12b": (12.14, {"model_type": "stablelm", "hidden_size": 5120, "intermediate_size": 13824,
        "num_attention_heads": 32, "num_key_value_heads": 8, "num_hidden_layers": 40, "vocab_size": 100352,
        "max_position_embeddings": 4096, "qk_layernorm": True, "use_parallel_residual": True, "partial_rotary_factor":
        0.25}),
    "meta-llama/Llama-4-Scout-17B-16E": (108.6, {"model_type": "llama4", "text_config": {"model_type": "llama4_text",
        "hidden_size": 5120, "intermediate_size": 8192, "intermediate_size_mlp": 16384, "num_hidden_layers": 48,
        "num_attention_heads": 40, "num_key_value_heads": 8, "num_local_experts": 16, "num_experts_per_tok": 1,
        "interleave_moe_layer_step": 1, "vocab_size": 202048, "max_position_embeddings": 10485760,
        "attention_chunk_size": 8192, "no_rope_layers": [1, 1, 1, 0] * 12}, "vision_config": {"hidden_size": 1408,
        "intermediate_size": 5632, "num_hidden_layers": 34, "patch_size": 14, "image_size": 336,
        "num_attention_heads": 16, "vision_output_dim": 4096, "projector_input_dim": 4096, "projector_output_dim":
        4096}}),
    "google/gemma-4-26B-A4B-it, the language model": (25.2, {"model_type": "gemma4", "text_config": {"model_type":
        "gemma4_text", "hidden_size": 2816, "intermediate_size": 2112, "moe_intermediate_size": 704, "num_experts":
        128, "top_k_experts": 8, "enable_moe_block": True, "num_hidden_layers": 30, "num_attention_heads": 16,
        "num_key_value_heads": 8, "num_global_key_value_heads": 2, "attention_k_eq_v": True, "head_dim": 256,
        "global_head_dim": 512, "hidden_size_per_layer_input": 0, "vocab_size": 262144, "sliding_window": 1024,
        "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention",
        "sliding_attention", "full_attention"] * 5, "tie_word_embeddings": True}}),
    "MiniMaxAI/MiniMax-M2": (228.7, {"model_type": "minimax_m2", "hidden_act": "silu", "hidden_size": 3072,
        "intermediate_size": 1536, "head_dim": 128, "num_attention_heads": 48, "num_key_value_heads": 8,
        "num_hidden_layers": 62, "num_local_experts": 256, "num_experts_per_tok": 8, "attn_type_list": [1] * 62,
        "mlp_intermediate_size": 8192, "mtp_transformer_layers": 1, "num_mtp_modules": 3, "use_mtp": True,
        "use_qk_norm": True, "qk_norm_type": "per_layer", "rotary_dim": 64, "shared_intermediate_size": 0,
        "vocab_size": 200064, "max_position_embeddings": 196608, "scoring_func": "sigmoid", "use_routing_bias": True,
        "layernorm_full_attention_beta": 1.0, "moe_router_topk_x": None}),
}
