"""Names under which configurations have one quantity each, in the order in which they count.

Taken from what vLLM's loaders and the classes of Transformers read (``CONFIG_FIELD_ALIASES`` and
``model_arch_config_convertor.py`` of vLLM 0.33; ``attribute_map`` of Transformers 5.24), and from the configuration files
of families with code of their own.
"""

HIDDEN = ("hidden_size", "n_embd", "n_embed", "d_model", "model_dim", "embed_dim", "dim")
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers", "num_blocks", "n_blocks")
LAYER_LISTS = ("layers_block_type", "layer_types", "block_configs")
"""Lists with an entry for each layer: their length is the number of layers where no key has it."""
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "num_query_heads", "n_attention_heads")
KV_HEADS = (
    "n_head_kv",
    "num_kv_heads",
    "num_key_value_heads",
    "kv_n_heads",
    "n_kv_heads",
    "n_kv_head",
    "num_kv_head",
    "num_attention_groups",
    "num_query_groups",
)
HEAD_DIM = ("head_dim", "kv_channels", "attention_head_dim", "hidden_size_per_head", "d_head", "head_size")
INTERMEDIATE = (
    "intermediate_size_mlp",
    "intermediate_size",
    "ffn_hidden_size",
    "ffn_dim",
    "n_inner",
    "ffn_hidden_dim",
    "intermediate_dim",
    "dim_feedforward",
    "mlp_hidden_size",
    "inner_hidden_size",
    "hidden_dim",
)
VOCABULARY = ("padded_vocab_size", "vocab_size", "n_vocab", "embedding_size")
POSITIONS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "model_max_length",
    "max_target_positions",
    "max_sequence_length",
    "max_seq_length",
    "seq_len",
)
"""Every one counts, and the smallest of them; see :mod:`planner.model.positions`."""
EXPERTS = (
    "num_experts",
    "moe_num_experts",
    "n_routed_experts",
    "num_local_experts",
    "num_routed_experts",
    "num_moe_experts",
    "moe_num_routed_experts",
    "n_experts",
    "num_experts_per_layer",
    "expert_num",
)
EXPERTS_PER_TOKEN = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "top_k_experts",
    "moe_topk",
    "moe_top_k",
    "moe_k",
    "experts_per_token",
    "num_selected_experts",
    "moe_router_topk",
    "router_topk",
    "n_activated_experts",
    "top_k",
)
EXPERT_INTERMEDIATE = (
    "moe_intermediate_size",
    "expert_ffn_hidden_size",
    "moe_ffn_hidden_size",
    "expert_intermediate_size",
    "moe_expert_intermediate_size",
    "moe_hidden_size",
    "moe_inter_dim",
    "expert_dim",
    "expert_hidden_size",
)
SHARED_EXPERTS = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert")
SHARED_INTERMEDIATE = (
    "shared_expert_intermediate_size",
    "moe_shared_expert_intermediate_size",
    "share_expert_dim",
    "share_expert_dims",
    "shared_intermediate_size",
    "moe_shared_intermediate_size",
    "shared_expert_ffn_hidden_size",
)
EXPERTS_LATENT = ("moe_latent_size", "moe_latent_dim", "routed_expert_hidden_size")
ACTIVATION = (
    "mlp_hidden_act",
    "hidden_act",
    "hidden_activation",
    "activation_function",
    "activation",
    "act_fn",
    "ffn_act_fn",
    "hidden_activation_function",
)
STATE_SIZE = ("ssm_state_size", "mamba_d_state", "state_size", "mamba_state_dim", "d_state")
STATE_HEADS = ("mamba_num_heads", "mamba_n_heads", "n_mamba_heads")
STATE_HEAD_DIM = ("mamba_head_dim", "mamba_d_head", "mamba_headdim")
STATE_GROUPS = ("mamba_n_groups", "n_groups", "mamba_ngroups", "mamba_num_groups")
STATE_INNER = ("mamba_d_ssm", "mamba_intermediate_size", "d_inner", "ssm_intermediate_size")
STATE_CONVOLUTION = ("mamba_d_conv", "conv_kernel", "mamba_conv_kernel", "conv_kernel_size", "d_conv")
EXPAND = ("mamba_expand", "expand")
STEP_RANK = ("mamba_dt_rank", "time_step_rank", "dt_rank")
