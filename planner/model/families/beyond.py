"""What the planner does not compute: model types, and keys that show it whatever the type."""

from collections.abc import Mapping
from types import MappingProxyType

BEYOND: Mapping[str, str] = MappingProxyType(
    {
        "zamba": "a hybrid whose attention layers share weights",
        "zamba2": "a hybrid whose attention layers share weights",
        "plamo2": "a hybrid of attention and Mamba with a layout of its own",
        "recurrentgemma": "recurrent layers",
        "recurrent_gemma": "recurrent layers",
        "rwkv": "recurrent layers",
        "deepseek_v41": "compressed attention, with a cache of another kind in every second layer",
        "gemma3n": "per-layer embeddings and shared KV layers",
        "gemma3n_text": "per-layer embeddings and shared KV layers",
        "ernie4_5_vl_moe": "experts of two widths, for text and images",
        "ernie4_5_moe_vl": "experts of two widths, for text and images",
        "ernie4_5_vl_moe_text": "experts of two widths, for text and images",
        "molmo": "a vision encoder that its configuration does not describe",
        "moondream3": "a vision encoder and text layers that its configuration does not describe",
        "phi4mm": "towers and LoRA weights that its configuration does not describe",
        "phi4_multimodal": "towers and LoRA weights that its configuration does not describe",
        "phi3small": "block-sparse attention",
        "jetmoe": "experts within its attention",
        "arctic": "a dense network beside the experts of every second layer",
        "mllama": "cross-attention to images",
        "mllama_text_model": "cross-attention to images",
        "deci": "layers of different shapes (Nemotron NAS)",
        "t5": "an encoder and a decoder",
        "mt5": "an encoder and a decoder",
        "bart": "an encoder and a decoder",
        "mbart": "an encoder and a decoder",
        "whisper": "an audio encoder and a decoder",
    }
)
"""Model types beyond the planner, and why."""

TELLING_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "kv_lora_rank_per_layer": "layers of different shapes",
        "per_layer_config": "layers of different shapes",
        "compress_ratios": "compressed attention",
        "audio_config": "an audio encoder",
        "audio_processor": "an audio encoder",
        "embd_layer": "towers within the embedding (embd_layer)",
        "img_processor": "an image encoder",
        "speech_lora": "built-in LoRA weights",
        "vision_lora": "built-in LoRA weights",
        "cross_attention_layers": "cross-attention layers",
    }
)
"""Keys of a ``config.json`` that show something beyond the planner, whatever the ``model_type``."""
