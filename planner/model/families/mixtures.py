"""Families of mixtures of experts."""

from collections.abc import Mapping
from types import MappingProxyType

from planner.model.families.family import Family
from planner.model.layers import Attention, Experts, Layer, Mlp

_DEEPSEEK = Family(architecture="DeepseekV3ForCausalLM")
_GLM4 = Family(architecture="Glm4MoeForCausalLM", router_bias=True)
_QWEN3 = Family(architecture="Qwen3MoeForCausalLM", head_norms=True)

_MINIMAX_M3 = Family(
    architecture="MiniMaxM3SparseForCausalLM",
    head_norms=True,
    router_bias=True,
    keys=MappingProxyType({"intermediate_size": ("dense_intermediate_size",)}),
)
_LONGCAT_KEYS = MappingProxyType({"num_hidden_layers": ("num_layers", "num_hidden_layers")})
"""Elsewhere ``num_hidden_layers`` counts layers, here each attention."""


def _two_attentions(attention: Attention, mlp: Mlp | None, experts: Experts | None) -> Layer:
    """Two attentions, each with a dense network, and a mixture beside them."""
    networks = (mlp, mlp, experts)
    return Layer(mixers=(attention, attention), feed_forward=tuple(each for each in networks if each), norms=4)


def _side_by_side(attention: Attention, mlp: Mlp | None, experts: Experts | None) -> Layer:
    """A dense network in every layer, and a mixture beside it where there is one (Gemma 4)."""
    networks = tuple(each for each in (mlp, experts) if each)
    return Layer(mixers=(attention,), feed_forward=networks, norms=7 if experts else 4)


MIXTURES: Mapping[str, Family] = MappingProxyType(
    {
        "bailing_moe": Family(architecture="BailingMoeForCausalLM"),
        "bailing_moe_v2": Family(architecture="BailingMoeV2ForCausalLM", head_norms=True, router_bias=True),
        "dbrx": Family(architecture="DbrxForCausalLM"),
        "deepseek": Family(architecture="DeepseekForCausalLM"),
        "deepseek_v32": _DEEPSEEK,
        "deepseek_v4": Family(architecture="DeepseekV4ForCausalLM"),
        "dots1": Family(architecture="Dots1ForCausalLM", head_norms=True),
        "ernie4_5_moe": Family(architecture="Ernie4_5_MoeForCausalLM", tied=True, router_bias=True),
        "glm_moe_dsa": _DEEPSEEK,
        "glm4_moe_lite": _DEEPSEEK,
        "gemma4_text": Family(
            architecture="Gemma4ForCausalLM",
            head_norms=True,
            tied=True,
            window_every=6,
            full_head_dim=512,
            build=_side_by_side,
        ),
        "hunyuan_v1_moe": Family(architecture="HunYuanMoEV1ForCausalLM", tied=True),
        "llama4_text": Family(architecture="Llama4ForCausalLM", shared_as_wide=True, chunked=True),
        "longcat_flash": Family(
            architecture="LongcatFlashForCausalLM", router_bias=True, build=_two_attentions, keys=_LONGCAT_KEYS
        ),
        "phimoe": Family(architecture="PhiMoEForCausalLM", qkv_bias=True, o_bias=True, norm_bias=True),
        "mixtral": Family(architecture="MixtralForCausalLM"),
        "qwen2_moe": Family(architecture="Qwen2MoeForCausalLM", qkv_bias=True, shared_gate=True),
        "mimo_v2_flash": Family(architecture="MiMoV2FlashForCausalLM"),
        **dict.fromkeys(("minimax_m3", "minimax_m3_vl", "minimax_m3_text", "minimax_m3_vl_text"), _MINIMAX_M3),
        "mistral4": Family(architecture="MistralLarge3ForCausalLM"),
        "sarvam_mla": Family(architecture="SarvamMLAForCausalLM", router_bias=True),
        "step3_text": Family(architecture="Step3TextForCausalLM"),
        "step3p5": Family(architecture="Step3p5ForCausalLM", head_norms=True, router_bias=True),
        "minimax_m2": Family(architecture="MiniMaxM2ForCausalLM", wide_norms=True, router_bias=True),
        "qwen3_moe": _QWEN3,
        "qwen3_omni_moe_text": _QWEN3,
        "qwen3_vl_moe_text": _QWEN3,
        "granitemoe": Family(architecture="GraniteMoeForCausalLM"),
        "gpt_oss": Family(
            architecture="GptOssForCausalLM",
            qkv_bias=True,
            o_bias=True,
            mlp_bias=True,
            sinks=True,
            window_every=2,
            router_bias=True,
            expert_bias=True,
        ),
        "deepseek_v2": Family(architecture="DeepseekV2ForCausalLM"),
        "deepseek_v3": _DEEPSEEK,
        "kimi_k2": _DEEPSEEK,
        "glm4_moe": _GLM4,
        "glm4v_moe_text": _GLM4,
        "olmoe": Family(architecture="OlmoeForCausalLM", wide_norms=True),
    }
)
"""By the ``model_type`` of the language model."""
