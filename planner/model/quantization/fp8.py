"""FP8 and MX formats whose ``quantization_config`` has one scheme: ``fp8``, ``mxfp8``, ``mxfp4`` and DeepSeek-V4's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.names import listed
from planner.model.quantization.quantization import Quantization, Rule
from planner.model.quantization.scheme import FP8, MXFP4, MXFP4_EXPERTS, MXFP8, NVFP4, Scheme, fp8_blocks

_BLOCK_DIMENSIONS = 2
_MOST_EDGE = 1 << 16
DEEPSEEK_V4 = frozenset({"deepseek_v4", "deepseek_v41"})


def read_fp8(config: Mapping[str, Any], model: Mapping[str, Any], where: str) -> Quantization:
    """``fp8`` and its relatives: per tensor, per channel or in blocks.

    DeepSeek-V4 has the experts in MXFP4, or NVFP4, unless the model's ``expert_dtype`` says otherwise; with ``store_dtype``
    other models do. Read as ``models/deepseek_v4/quant_config.py`` and ``layers/quantization/fp8.py`` of vLLM 0.32 do.
    """
    scheme = _blocks(config.get("weight_block_size"), f"{where}.weight_block_size")
    experts = scheme
    if values.text(config.get("store_dtype"), f"{where}.store_dtype") == "mxfp4":
        experts = MXFP4_EXPERTS
    if model.get("model_type") in DEEPSEEK_V4 and model.get("expert_dtype", "fp4") == "fp4":
        algorithm = values.text(config.get("moe_quant_algo"), f"{where}.moe_quant_algo")
        experts = NVFP4 if algorithm == "nvfp4" else MXFP4
    return Quantization(
        method=values.text(config.get("quant_method"), f"{where}.quant_method"),
        linear=scheme,
        experts=experts,
        rules=_kept(config, where),
    )


def read_mxfp8(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """``mxfp8``, as MiniMax publishes it: ModelOpt's format with a list of its own."""
    return Quantization(method="mxfp8", linear=MXFP8, experts=MXFP8, rules=_kept(config, where))


def read_mxfp4(_: Mapping[str, Any], __: Mapping[str, Any], ___: str) -> Quantization:
    """``mxfp4``: vLLM reads experts so, and everything else in 16 bits, whatever the list of exceptions."""
    return Quantization(method="mxfp4", experts=MXFP4_EXPERTS)


def read_fp_quant(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """``fp_quant``: linear layers in MXFP4 or NVFP4."""
    kind = values.text(config.get("forward_dtype"), f"{where}.forward_dtype")
    scheme = NVFP4 if kind == "nvfp4" else replace(MXFP4, padding=1)
    return Quantization(method="fp_quant", linear=scheme, rules=_kept(config, where))


def _blocks(given: Any, where: str) -> Scheme:
    if given is None:
        return FP8
    if not isinstance(given, list | tuple) or len(given) != _BLOCK_DIMENSIONS:
        raise values.refuse(where, given, "a list of two numbers")
    rows, columns = (values.whole_number(edge, where, least=1, most=_MOST_EDGE) for edge in given)
    return fp8_blocks(rows, columns)


def _kept(config: Mapping[str, Any], where: str) -> tuple[Rule, ...]:
    """What stays in 16 bits: the first of vLLM's two keys that is not empty."""
    for key in ("ignored_layers", "modules_to_not_convert"):
        kept = listed((f"{where}.{key}", values.names(config.get(key), f"{where}.{key}")))
        if kept:
            return tuple(Rule(names=names, scheme=None) for names in kept)
    return ()
