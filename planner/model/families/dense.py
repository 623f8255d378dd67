"""Families of plain decoders without experts."""

from collections.abc import Mapping
from types import MappingProxyType

from planner.model.families.family import Family

_LLAMA = Family(architecture="LlamaForCausalLM", output_bias_as_stated=True)
_QWEN2 = Family(architecture="Qwen2ForCausalLM", qkv_bias=True)
_QWEN3 = Family(architecture="Qwen3ForCausalLM", head_norms=True)
_GEMMA2 = Family(architecture="Gemma2ForCausalLM", layer_norms=4, tied=True, window_every=2)
_GEMMA3 = Family(architecture="Gemma3ForCausalLM", layer_norms=4, tied=True, window_every=6, head_norms=True)
_EXAONE4 = Family(architecture="Exaone4ForCausalLM", head_norms=True)
_GLM4 = Family(architecture="Glm4ForCausalLM", layer_norms=4)

DENSE: Mapping[str, Family] = MappingProxyType(
    {
        "llama": _LLAMA,
        "apertus": Family(architecture="ApertusForCausalLM", head_norms=True, gated_mlp=False),
        "arcee": Family(architecture="ArceeForCausalLM", gated_mlp=False),
        "bitnet": Family(architecture="BitNetForCausalLM", tied=True),
        "baichuan": Family(architecture="BaiChuanForCausalLM"),
        "chatglm": Family(architecture="ChatGLMModel", qkv_bias=True),
        "ernie4_5": Family(architecture="Ernie4_5ForCausalLM", tied=True),
        "exaone4": _EXAONE4,
        "exaone4_5_text": _EXAONE4,
        "glm": Family(architecture="GlmForCausalLM", qkv_bias=True),
        "hunyuan_v1_dense": Family(architecture="HunYuanDenseV1ForCausalLM"),
        "internlm": Family(architecture="InternLMForCausalLM"),
        "internlm3": Family(architecture="InternLM3ForCausalLM"),
        "mimo": Family(architecture="MiMoForCausalLM", qkv_bias=True),
        "minicpm": Family(architecture="MiniCPMForCausalLM", tied=True),
        "minicpm3": Family(architecture="MiniCPM3ForCausalLM", tied=True),
        "olmo3": Family(architecture="Olmo3ForCausalLM", wide_norms=True, window_every=4),
        "orion": Family(architecture="OrionForCausalLM", norm_bias=True),
        "qwen": Family(architecture="QWenLMHeadModel", qkv_bias=True, halves_intermediate=True),
        "telechat": Family(architecture="TeleChat2ForCausalLM", o_bias=True),
        "mistral": Family(architecture="MistralForCausalLM"),
        "ministral": Family(architecture="MistralForCausalLM"),
        "ministral3": Family(architecture="MistralForCausalLM"),
        "qwen2": _QWEN2,
        "qwen2_5_vl": _QWEN2,
        "qwen2_vl": _QWEN2,
        "qwen2_5_vl_text": _QWEN2,
        "qwen2_vl_text": _QWEN2,
        "qwen3": _QWEN3,
        "qwen3_vl_text": _QWEN3,
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
        "glm4": _GLM4,
        "glm4v_text": _GLM4,
        "nemotron-nas": Family(architecture="DeciLMForCausalLM"),
        "olmo": Family(architecture="OlmoForCausalLM", layer_norms=0, final_norm=False),
        "olmo2": Family(architecture="Olmo2ForCausalLM", wide_norms=True),
        "smollm3": Family(architecture="SmolLM3ForCausalLM"),
        "solar": Family(architecture="SolarForCausalLM"),
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
"""By the ``model_type`` of the language model."""
