"""Families of mixtures of experts."""

from collections.abc import Mapping
from types import MappingProxyType

from planner.model.families.family import Family

_DEEPSEEK = Family(architecture="DeepseekV3ForCausalLM")

MIXTURES: Mapping[str, Family] = MappingProxyType(
    {
        "mixtral": Family(architecture="MixtralForCausalLM"),
        "qwen2_moe": Family(architecture="Qwen2MoeForCausalLM", qkv_bias=True),
        "qwen3_moe": Family(architecture="Qwen3MoeForCausalLM", head_norms=True),
        "qwen3_vl_moe_text": Family(architecture="Qwen3MoeForCausalLM", head_norms=True),
        "granitemoe": Family(architecture="GraniteMoeForCausalLM"),
        "gpt_oss": Family(
            architecture="GptOssForCausalLM", qkv_bias=True, o_bias=True, mlp_bias=True, sinks=True, window_every=2
        ),
        "deepseek_v2": Family(architecture="DeepseekV2ForCausalLM"),
        "deepseek_v3": _DEEPSEEK,
        "kimi_k2": _DEEPSEEK,
        "glm4_moe": Family(architecture="Glm4MoeForCausalLM"),
        "olmoe": Family(architecture="OlmoeForCausalLM", wide_norms=True),
    }
)
"""By the ``model_type`` of the language model."""
