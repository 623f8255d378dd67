"""Model types: which the planner was written for, how they differ, and which are beyond it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Family:
    """What a ``model_type`` implies without saying so in its ``config.json``."""

    architecture: str
    """Class that vLLM loads where the configuration names none."""
    qkv_bias: bool = False
    """Whether queries, keys and values have biases, where the configuration is silent."""
    o_bias: bool = False
    """Whether the attention's output has one."""
    mlp_bias: bool = False
    """Whether the MLP has biases."""
    head_norms: bool = False
    """Whether queries and keys are normed, each head by itself."""
    wide_norms: bool = False
    """Whether queries and keys are normed over all heads."""
    layer_norms: int = 2
    """Norms of the hidden width in a layer."""
    norm_bias: bool = False
    """Whether norms have a bias beside their weight."""
    gated_mlp: bool = True
    """Whether the MLP has a gate."""
    tied: bool = False
    """Whether the embedding is the output layer, where the configuration is silent."""
    sinks: bool = False
    """Whether each head has an attention sink."""
    window_every: int = 0
    """Every how many layers attention is full, where the configuration is silent; 0 for always."""
    learned_positions: bool = False
    """Whether positions are an embedding."""


_LLAMA = Family(architecture="LlamaForCausalLM")
_QWEN2 = Family(architecture="Qwen2ForCausalLM", qkv_bias=True)
_QWEN3 = Family(architecture="Qwen3ForCausalLM", head_norms=True)
_GEMMA2 = Family(architecture="Gemma2ForCausalLM", layer_norms=4, tied=True, window_every=2)
_GEMMA3 = Family(architecture="Gemma3ForCausalLM", layer_norms=4, tied=True, window_every=6, head_norms=True)
_DEEPSEEK = Family(architecture="DeepseekV3ForCausalLM")

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "llama": _LLAMA,
        "mistral": Family(architecture="MistralForCausalLM"),
        "ministral": Family(architecture="MistralForCausalLM"),
        "ministral3": Family(architecture="MistralForCausalLM"),
        "mixtral": Family(architecture="MixtralForCausalLM"),
        "qwen2": _QWEN2,
        "qwen2_moe": Family(architecture="Qwen2MoeForCausalLM", qkv_bias=True),
        "qwen2_5_vl_text": _QWEN2,
        "qwen2_vl_text": _QWEN2,
        "qwen3": _QWEN3,
        "qwen3_moe": Family(architecture="Qwen3MoeForCausalLM", head_norms=True),
        "qwen3_vl_text": _QWEN3,
        "qwen3_vl_moe_text": Family(architecture="Qwen3MoeForCausalLM", head_norms=True),
        "gemma": Family(architecture="GemmaForCausalLM", tied=True),
        "gemma2": _GEMMA2,
        "gemma3_text": _GEMMA3,
        "phi": Family(
            architecture="PhiForCausalLM",
            qkv_bias=True,
            o_bias=True,
            mlp_bias=True,
            layer_norms=1,
            norm_bias=True,
            gated_mlp=False,
        ),
        "phi3": Family(architecture="Phi3ForCausalLM"),
        "granite": Family(architecture="GraniteForCausalLM"),
        "granitemoe": Family(architecture="GraniteMoeForCausalLM"),
        "gpt_oss": Family(
            architecture="GptOssForCausalLM", qkv_bias=True, o_bias=True, mlp_bias=True, sinks=True, window_every=2
        ),
        "deepseek_v2": Family(architecture="DeepseekV2ForCausalLM"),
        "deepseek_v3": _DEEPSEEK,
        "kimi_k2": _DEEPSEEK,
        "glm4_moe": Family(architecture="Glm4MoeForCausalLM"),
        "glm4": Family(architecture="Glm4ForCausalLM", layer_norms=4),
        "olmo2": Family(architecture="Olmo2ForCausalLM", wide_norms=True),
        "olmoe": Family(architecture="OlmoeForCausalLM", wide_norms=True),
        "smollm3": Family(architecture="SmolLM3ForCausalLM"),
        "cohere": Family(architecture="CohereForCausalLM", layer_norms=1, tied=True),
        "cohere2": Family(architecture="Cohere2ForCausalLM", layer_norms=1, tied=True, window_every=4),
        "stablelm": Family(architecture="StablelmForCausalLM", norm_bias=True),
        "internlm2": Family(architecture="InternLM2ForCausalLM"),
        "exaone": Family(architecture="ExaoneForCausalLM"),
        "seed_oss": Family(architecture="SeedOssForCausalLM", qkv_bias=True),
        "starcoder2": Family(
            architecture="Starcoder2ForCausalLM",
            qkv_bias=True,
            o_bias=True,
            mlp_bias=True,
            norm_bias=True,
            gated_mlp=False,
            tied=True,
        ),
        "opt": Family(
            architecture="OPTForCausalLM",
            qkv_bias=True,
            o_bias=True,
            mlp_bias=True,
            norm_bias=True,
            gated_mlp=False,
            tied=True,
            learned_positions=True,
        ),
    }
)
"""The plain decoders and mixtures the planner was written for, by the ``model_type`` of the language model."""

TOWERS: Mapping[str, str] = MappingProxyType(
    {
        "gemma3": "gemma3_text",
        "mistral3": "mistral",
        "llava": "llama",
        "llava_next": "granite",
        "llama4": "llama4_text",
    }
)
"""Vision models whose start-up was measured: the type of their language model, where they do not name it."""

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

DEFAULTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "gemma3_text": MappingProxyType(
            {
                "num_attention_heads": 8,
                "num_key_value_heads": 4,
                "head_dim": 256,
                "vocab_size": 262208,
                "max_position_embeddings": 131072,
            }
        ),
    }
)
"""What published configurations leave to the defaults of their class in Transformers, by ``model_type``."""
