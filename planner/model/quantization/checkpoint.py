"""The quantization of published weights, from the files that describe them."""

from collections.abc import Callable, Mapping
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.bits_and_bytes import read_aqlm, read_bitsandbytes, read_torchao
from planner.model.quantization.compressed_tensors import read_compressed_tensors
from planner.model.quantization.errors import UnknownQuantizationError
from planner.model.quantization.foreign import NEVER_LOADED, is_mlx, read_mlx, read_never_loaded
from planner.model.quantization.fp8 import read_fp8, read_fp_quant, read_mxfp4, read_mxfp8
from planner.model.quantization.grouped import read_auto_round, read_awq, read_gptq, read_hqq
from planner.model.quantization.modelopt import read_modelopt
from planner.model.quantization.quantization import Quantization
from planner.model.quantization.quark import read_quark

_Reader = Callable[[Mapping[str, Any], Mapping[str, Any], str], Quantization]
CONFIG = "quantization_config"
_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(("fp8", "fbgemm_fp8", "ptpc_fp8", "deepseek_v4_fp8"), read_fp8),
    "mxfp8": read_mxfp8,
    **dict.fromkeys(("mxfp4", "gpt_oss_mxfp4"), read_mxfp4),
    "fp_quant": read_fp_quant,
    **dict.fromkeys(("awq", "auto_awq", "awq_marlin"), read_awq),
    **dict.fromkeys(("gptq", "auto_gptq", "gptq_marlin", "bitblas", "gptq_bitblas"), read_gptq),
    **dict.fromkeys(("auto-round", "auto_round", "intel/auto-round", "inc"), read_auto_round),
    "hqq": read_hqq,
    "bitsandbytes": read_bitsandbytes,
    "torchao": read_torchao,
    "aqlm": read_aqlm,
    "quark": read_quark,
    "compressed-tensors": read_compressed_tensors,
    **dict.fromkeys(
        ("modelopt", "modelopt_fp4", "modelopt_mxfp8", "modelopt_mixed", "nvfp4", "fp8_pb_wo"), read_modelopt
    ),
    **dict.fromkeys(NEVER_LOADED, read_never_loaded),
}
METHODS = tuple(_READERS)
"""Every ``quant_method`` that is read."""


def of_checkpoint(
    config: Mapping[str, Any], model: Mapping[str, Any] | None = None, *, where: str = CONFIG
) -> Quantization:
    """Read ``quantization_config`` of a ``config.json``.

    Args:
        config: It.
        model: The language model's configuration, since some formats depend on the ``model_type``.
        where: Its key path, for messages.

    Raises:
        UnknownQuantizationError: nothing is known of its method.
        UnreadableQuantizationError: a value in it is of the wrong kind.
    """
    method = values.text(config.get("quant_method"), f"{where}.quant_method").replace(
        "compressed_tensors", "compressed-tensors"
    )
    if not method and is_mlx(config):
        return read_mlx(config, where)
    if not method and _algorithm(config, where):
        method = "modelopt"
    if method not in _READERS:
        raise UnknownQuantizationError(f"nothing is known of the quantization method {method[:60] or '(none)'!r}")
    return _READERS[method]({**config, "quant_method": method}, model or {}, where)


def _algorithm(config: Mapping[str, Any], where: str) -> Any:
    inner = config.get("quantization")
    return config.get("quant_algo") or (
        values.mapping(inner, f"{where}.quantization").get("quant_algo") if inner else None
    )
