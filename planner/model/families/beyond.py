"""What the planner does not compute: model types, and keys that show it whatever the type."""

from collections.abc import Mapping
from types import MappingProxyType

BEYOND: Mapping[str, str] = MappingProxyType(
    {
        "mamba": "state-space layers (Mamba)",
        "mamba2": "state-space layers (Mamba)",
        "falcon_mamba": "state-space layers (Mamba)",
        "jamba": "a hybrid of attention and Mamba",
        "bamba": "a hybrid of attention and Mamba",
        "zamba2": "a hybrid of attention and Mamba",
        "falcon_h1": "a hybrid of attention and Mamba",
        "nemotron_h": "a hybrid of attention and Mamba",
        "granitemoehybrid": "a hybrid of attention and Mamba",
        "plamo2": "a hybrid of attention and Mamba",
        "lfm2": "a hybrid of attention and convolution",
        "lfm2_moe": "a hybrid of attention and convolution",
        "qwen3_next": "a hybrid of attention and gated delta nets",
        "qwen3_5": "a hybrid of attention and gated delta nets",
        "qwen3_5_text": "a hybrid of attention and gated delta nets",
        "qwen3_5_moe": "a hybrid of attention and gated delta nets",
        "qwen3_5_moe_text": "a hybrid of attention and gated delta nets",
        "kimi_linear": "a hybrid of attention and gated delta nets",
        "olmo_hybrid": "a hybrid of attention and gated delta nets",
        "minimax": "lightning attention",
        "minimax_text_01": "lightning attention",
        "minimax_m1": "lightning attention",
        "recurrentgemma": "recurrent layers",
        "recurrent_gemma": "recurrent layers",
        "rwkv": "recurrent layers",
        "deepseek_v32": "sparse attention (DSA) with an indexer cache",
        "glm_moe_dsa": "sparse attention (DSA) with an indexer cache",
        "deepseek_v4": "sparse, compressed attention",
        "gemma3n": "per-layer embeddings and shared KV layers",
        "gemma3n_text": "per-layer embeddings and shared KV layers",
        "gemma4": "heads of two sizes and shared KV layers",
        "gemma4_text": "heads of two sizes and shared KV layers",
        "llama4_text": "chunked local attention",
        "mllama": "cross-attention to images",
        "mllama_text_model": "cross-attention to images",
        "deci": "layers of different shapes (Nemotron NAS)",
        "nemotron-nas": "layers of different shapes (Nemotron NAS)",
        "bert": "an encoder without a KV cache",
        "roberta": "an encoder without a KV cache",
        "xlm-roberta": "an encoder without a KV cache",
        "modernbert": "an encoder without a KV cache",
        "t5": "an encoder and a decoder",
        "bart": "an encoder and a decoder",
        "whisper": "an audio encoder and a decoder",
    }
)
"""Model types beyond the planner, and why."""

TELLING_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "ssm_state_size": "state-space layers",
        "mamba_d_state": "state-space layers",
        "mamba_num_heads": "state-space layers",
        "linear_num_value_heads": "linear attention",
        "linear_attn_config": "linear attention",
        "index_topk": "sparse attention with an indexer",
        "conv_L_cache": "convolution layers",
        "kv_lora_rank_per_layer": "layers of different shapes",
        "block_configs": "layers of different shapes",
        "num_kv_shared_layers": "shared KV layers",
        "audio_config": "an audio encoder",
    }
)
"""Keys of a ``config.json`` that show something beyond the planner, whatever the ``model_type``."""
