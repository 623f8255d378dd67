"""Configurations of published models, cut to the keys that bear on memory, in the form their authors publish them."""

from typing import Any

Config = dict[str, Any]

# fmt: off
ERNIE_21B: Config = {"model_type": "ernie4_5_moe", "architectures": ["Ernie4_5_MoeForCausalLM"], "hidden_size": 2560,
    "num_hidden_layers": 28, "num_attention_heads": 20, "num_key_value_heads": 4, "intermediate_size": 12288,
    "vocab_size": 103424, "max_position_embeddings": 131072, "moe_num_experts": 64, "moe_k": 6,
    "moe_intermediate_size": 1536, "moe_num_shared_experts": 2, "moe_layer_start_index": 1, "moe_layer_end_index": -1,
    "moe_layer_interval": 1, "use_bias": False, "tie_word_embeddings": True, "torch_dtype": "bfloat16"}
LONGCAT: Config = {"model_type": "longcat_flash", "architectures": ["LongcatFlashForCausalLM"], "hidden_size": 6144,
    "num_layers": 28, "num_attention_heads": 64, "ffn_hidden_size": 12288, "expert_ffn_hidden_size": 2048,
    "n_routed_experts": 512, "zero_expert_num": 256, "moe_topk": 12, "kv_lora_rank": 512, "q_lora_rank": 1536,
    "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 131072,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16"}
FALCON_40B: Config = {"model_type": "falcon", "architectures": ["FalconForCausalLM"], "hidden_size": 8192,
    "num_hidden_layers": 60, "num_attention_heads": 128, "num_kv_heads": 8, "new_decoder_architecture": True,
    "parallel_attn": True, "multi_query": True, "bias": False, "alibi": False, "vocab_size": 65024, "torch_dtype":
    "bfloat16"}
APERTUS_70B: Config = {"model_type": "apertus", "architectures": ["ApertusForCausalLM"], "hidden_size": 8192,
    "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 43008,
    "hidden_act": "xielu", "vocab_size": 131072, "max_position_embeddings": 65536, "qk_norm": True,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16"}
NEMOTRON_8B: Config = {"model_type": "nemotron", "architectures": ["NemotronForCausalLM"], "hidden_size": 4096,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32, "head_dim": 128,
    "intermediate_size": 16384, "hidden_act": "relu2", "vocab_size": 256000, "max_position_embeddings": 4096,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16"}
NEMOTRON_SUPER: Config = {"model_type": "nemotron_h", "architectures": ["NemotronHForCausalLM"], "hidden_size": 4096,
    "num_hidden_layers": 88, "hybrid_override_pattern":
    "MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME", "num_attention_heads":
    32, "num_key_value_heads": 2, "head_dim": 128, "intermediate_size": 2688, "moe_intermediate_size": 2688,
    "moe_latent_size": 1024, "moe_shared_expert_intermediate_size": 5376, "n_routed_experts": 512, "n_shared_experts":
    1, "num_experts_per_tok": 22, "mlp_hidden_act": "relu2", "mamba_num_heads": 128, "mamba_head_dim": 64,
    "ssm_state_size": 128, "vocab_size": 131072, "max_position_embeddings": 262144, "tie_word_embeddings": False,
    "torch_dtype": "bfloat16"}
NEMOTRON_NANO: Config = {"model_type": "nemotron_h", "architectures": ["NemotronHForCausalLM"], "hidden_size": 2688,
    "num_hidden_layers": 52, "hybrid_override_pattern": "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
    "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128, "intermediate_size": 1856,
    "moe_intermediate_size": 1856, "moe_shared_expert_intermediate_size": 3712, "n_routed_experts": 128,
    "n_shared_experts": 1, "num_experts_per_tok": 6, "mlp_hidden_act": "relu2", "mamba_num_heads": 64,
    "mamba_head_dim": 64, "ssm_state_size": 128, "vocab_size": 131072, "max_position_embeddings": 262144,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16"}
MAVERICK: Config = {"model_type": "llama4", "architectures": ["Llama4ForConditionalGeneration"], "text_config":
    {"model_type": "llama4_text", "hidden_size": 5120, "num_hidden_layers": 48, "num_attention_heads": 40,
    "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 8192, "intermediate_size_mlp": 16384,
    "num_local_experts": 128, "num_experts_per_tok": 1, "interleave_moe_layer_step": 2, "vocab_size": 202048,
    "max_position_embeddings": 1048576, "torch_dtype": "bfloat16"}}
CHATGLM3: Config = {"model_type": "chatglm", "architectures": ["ChatGLMModel"], "hidden_size": 4096, "num_layers": 28,
    "num_attention_heads": 32, "kv_channels": 128, "multi_query_attention": True, "multi_query_group_num": 2,
    "ffn_hidden_size": 13696, "seq_length": 32768, "padded_vocab_size": 65024, "vocab_size": 65024, "add_qkv_bias":
    True, "tie_word_embeddings": False, "torch_dtype": "float16"}
BAICHUAN2_13B: Config = {"model_type": "baichuan", "architectures": ["BaichuanForCausalLM"], "hidden_size": 5120,
    "num_hidden_layers": 40, "num_attention_heads": 40, "intermediate_size": 13696, "vocab_size": 125696,
    "model_max_length": 4096, "tie_word_embeddings": False, "torch_dtype": "bfloat16"}
QWEN_14B: Config = {"model_type": "qwen", "architectures": ["QWenLMHeadModel"], "hidden_size": 5120,
    "num_hidden_layers": 40, "num_attention_heads": 40, "kv_channels": 128, "intermediate_size": 27392, "vocab_size":
    152064, "max_position_embeddings": 8192, "seq_length": 2048, "no_bias": True, "tie_word_embeddings": False,
    "bf16": True}
DBRX: Config = {"model_type": "dbrx", "architectures": ["DbrxForCausalLM"], "d_model": 6144, "n_heads": 48,
    "n_layers": 40, "max_seq_len": 32768, "vocab_size": 100352, "attn_config": {"kv_n_heads": 8}, "ffn_config":
    {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4}, "torch_dtype": "bfloat16"}
MINICPM3: Config = {"model_type": "minicpm3", "architectures": ["MiniCPM3ForCausalLM"], "hidden_size": 2560,
    "num_hidden_layers": 62, "num_attention_heads": 40, "num_key_value_heads": 40, "intermediate_size": 6400,
    "q_lora_rank": 768, "kv_lora_rank": 256, "qk_nope_head_dim": 64, "qk_rope_head_dim": 32, "vocab_size": 73448,
    "max_position_embeddings": 32768, "torch_dtype": "bfloat16"}
PHI_35: Config = {"model_type": "phi3", "architectures": ["Phi3ForCausalLM"], "hidden_size": 3072,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32, "intermediate_size": 8192,
    "vocab_size": 32064, "max_position_embeddings": 131072, "original_max_position_embeddings": 4096,
    "sliding_window": 262144, "rope_scaling": {"type": "longrope", "long_factor": [1.08, 1.08, 1.08], "short_factor":
    [1.0, 1.0, 1.0]}, "tie_word_embeddings": False, "attention_bias": False, "torch_dtype": "bfloat16"}
PHI_4_MM: Config = {"model_type": "phi4mm", "architectures": ["Phi4MMForCausalLM"], "hidden_size": 3072,
    "num_hidden_layers": 32, "num_attention_heads": 24, "num_key_value_heads": 8, "intermediate_size": 8192,
    "vocab_size": 200064, "max_position_embeddings": 131072, "partial_rotary_factor": 0.75, "tie_word_embeddings":
    True, "audio_processor": {"name": "cascades"}, "embd_layer": {"embedding_cls": "image_audio", "image_embd_layer":
    {"crop_size": 448}}, "speech_lora": {"r": 320}, "vision_lora": {"r": 256}, "torch_dtype": "bfloat16"}
NOMIC: Config = {"model_type": "nomic_bert", "architectures": ["NomicBertModel"], "n_embd": 768, "n_head": 12,
    "n_layer": 12, "n_inner": 3072, "n_positions": 2048, "vocab_size": 30528, "torch_dtype": "float32"}
HUNYUAN_A13B: Config = {"model_type": "hunyuan_v1_moe", "architectures": ["HunYuanMoEV1ForCausalLM"], "hidden_size":
    4096, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
    "intermediate_size": 3072, "vocab_size": 128167, "max_position_embeddings": 32768, "num_experts": 64,
    "moe_intermediate_size": [3072] * 32, "moe_topk": [8] * 32, "num_shared_expert": [1] * 32, "use_qk_norm": True,
    "tie_word_embeddings": True, "rope_scaling": {"type": "dynamic", "factor": 1.0, "alpha": 1000.0}, "torch_dtype":
    "bfloat16"}
NEMOTRON_BY_NAMES: Config = {"model_type": "nemotron_h", "hidden_size": 8192, "layers_block_type": ["mamba", "moe"] *
    54, "num_attention_heads": 64, "num_key_value_heads": 2, "head_dim": 128, "moe_intermediate_size": 5120,
    "moe_latent_size": 2048, "n_routed_experts": 512, "num_experts_per_tok": 22, "ssm_state_size": 128, "vocab_size":
    131072, "max_position_embeddings": 262144, "torch_dtype": "bfloat16"}
BGE_M3: Config = {"model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"], "hidden_size": 1024,
    "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096, "hidden_act": "gelu", "vocab_size":
    250002, "type_vocab_size": 1, "position_embedding_type": "absolute", "max_position_embeddings": 8194,
    "torch_dtype": "float32"}
MODERNBERT: Config = {"model_type": "modernbert", "architectures": ["ModernBertForMaskedLM"], "hidden_size": 768,
    "num_hidden_layers": 22, "num_attention_heads": 12, "intermediate_size": 1152, "hidden_activation": "gelu",
    "local_attention": 128, "global_attn_every_n_layers": 3, "vocab_size": 50368, "max_position_embeddings": 8192,
    "torch_dtype": "float32"}
