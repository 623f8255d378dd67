"""Families whose layers are not all attention: Mamba, delta nets, convolutions, lightning attention."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from planner.model.families.family import Family

_SHARED_WIDTH = MappingProxyType({"intermediate_size": ("shared_intermediate_size",)})
"""Granite 4 has a dense network of this width in every layer, beside the experts or alone."""
_QWEN_NEXT = Family(architecture="Qwen3NextForCausalLM", head_norms=True, output_gate=True, shared_gate=True)
_QWEN = replace(_QWEN_NEXT, architecture="Qwen3_5ForCausalLM")
_QWEN_MOE = replace(_QWEN_NEXT, architecture="Qwen3_5MoeForCausalLM")

HYBRIDS: Mapping[str, Family] = MappingProxyType(
    {
        "mamba": Family(architecture="MambaForCausalLM", layer_norms=1, tied=True),
        "falcon_mamba": Family(architecture="FalconMambaForCausalLM", layer_norms=1),
        "mamba2": Family(architecture="Mamba2ForCausalLM", layer_norms=1),
        "jamba": Family(architecture="JambaForCausalLM"),
        "bamba": Family(architecture="BambaForCausalLM"),
        "granitemoehybrid": Family(architecture="GraniteMoeHybridForCausalLM", tied=True, keys=_SHARED_WIDTH),
        "falcon_h1": Family(architecture="FalconH1ForCausalLM"),
        "nemotron_h": Family(architecture="NemotronHForCausalLM", gated_mlp=False, router_bias=True),
        "lfm2": Family(architecture="Lfm2ForCausalLM", head_norms=True, tied=True),
        "lfm2_moe": Family(architecture="Lfm2MoeForCausalLM", head_norms=True, router_bias=True, tied=True),
        "qwen3_next": _QWEN_NEXT,
        "qwen3_5": _QWEN,
        "qwen3_5_text": _QWEN,
        "qwen3_5_moe": _QWEN_MOE,
        "qwen3_5_moe_text": _QWEN_MOE,
        "kimi_linear": Family(architecture="KimiLinearForCausalLM", router_bias=True),
        "minimax_text_01": Family(architecture="MiniMaxText01ForCausalLM"),
        "minimax_m1": Family(architecture="MiniMaxM1ForCausalLM"),
        "minimax": Family(architecture="MiniMaxForCausalLM"),
    }
)
"""By the ``model_type`` of the language model."""
