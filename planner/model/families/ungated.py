"""Families whose networks have no gate: two matrices, one after the other."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from planner.model.families.family import Family

_FALCON = Family(architecture="FalconForCausalLM", gated_mlp=False, four_times_hidden=True, norm_bias=True, tied=True)
_GPT_2 = Family(
    architecture="GPT2LMHeadModel",
    qkv_bias=True,
    o_bias=True,
    mlp_bias=True,
    norm_bias=True,
    gated_mlp=False,
    four_times_hidden=True,
    learned_positions=True,
    tied=True,
)

UNGATED: Mapping[str, Family] = MappingProxyType(
    {
        "falcon": _FALCON,
        "RefinedWeb": _FALCON,
        "RefinedWebModel": _FALCON,
        "nemotron": Family(architecture="NemotronForCausalLM", gated_mlp=False, norm_bias=True),
        "gpt2": _GPT_2,
        "gpt_bigcode": replace(_GPT_2, architecture="GPTBigCodeForCausalLM"),
        "gpt_neox": replace(_GPT_2, architecture="GPTNeoXForCausalLM", learned_positions=False, tied=False),
        "bloom": replace(_GPT_2, architecture="BloomForCausalLM", learned_positions=False),
        "gptj": Family(
            architecture="GPTJForCausalLM",
            layer_norms=1,
            norm_bias=True,
            mlp_bias=True,
            gated_mlp=False,
            four_times_hidden=True,
        ),
        "mpt": Family(architecture="MPTForCausalLM", gated_mlp=False, four_times_hidden=True, tied=True),
    }
)
"""By the ``model_type`` of the language model."""
