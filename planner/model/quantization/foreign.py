"""Formats of other engines, which vLLM does not load in any release."""

from collections.abc import Mapping
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.quantization import Quantization
from planner.model.quantization.scheme import Scheme, integers

_SIXTEEN = 16
_EIGHT_BITS = 8
_MLX_KEYS = frozenset({"group_size", "bits"})
_MLX_GROUP = 64
NEVER_LOADED = {
    "exl2": "ExLlamaV2",
    "exl3": "ExLlamaV3",
    "eetq": "EETQ",
    "higgs": "HIGGS",
    "quanto": "Quanto",
    "spqr": "SpQR",
    "vptq": "VPTQ",
}
"""``quant_method`` and what it is the format of; none is among vLLM's quantization methods, 0.8 to 0.33."""


def is_mlx(config: Mapping[str, Any]) -> bool:
    """Whether a ``quantization`` key is MLX's: group size and bits, and no method."""
    return config.keys() >= _MLX_KEYS and not config.get("quant_method") and not config.get("quant_algo")


def read_mlx(config: Mapping[str, Any], where: str) -> Quantization:
    """MLX, which Apple's machines load: a scale and a bias of 16 bits for each group, of every matrix."""
    bits = values.bits(config.get("bits", 4), f"{where}.bits")
    group = values.group(config.get("group_size", _MLX_GROUP), f"{where}.group_size") or _MLX_GROUP
    plain = integers(bits, group)
    scheme = Scheme(family=plain.family, bits=bits, overhead_bytes=2 * plain.overhead_bytes, group=group)
    return Quantization(
        method="mlx",
        linear=scheme,
        experts=scheme,
        head=scheme,
        embedding=scheme,
        not_loaded="vLLM does not load weights in MLX's format (quantization with bits and group_size, no quant_method; "
        "vllm-project/vllm#13283): the model in 16 bits, or an AWQ, GPTQ or FP8 checkpoint of it",
    )


def read_never_loaded(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """A method that only other engines load; its bytes are computed where it gives bits."""
    method = values.text(config.get("quant_method"), f"{where}.quant_method")
    bits = config.get("bits")
    scheme = None
    if isinstance(bits, int | float) and not isinstance(bits, bool) and 1 <= bits <= _SIXTEEN:
        scheme = Scheme(family="int4" if bits < _EIGHT_BITS else "int8", bits=float(bits))
    return Quantization(
        method=method,
        linear=scheme,
        experts=scheme,
        not_loaded=f"vLLM does not load {NEVER_LOADED[method]} weights (quant_method {method}): the model in 16 bits, or an "
        "AWQ, GPTQ or FP8 checkpoint of it",
    )
