"""What ``--quantization METHOD`` makes of weights in 16 bits: while vLLM loads them, or in a checkpoint made for it."""

from planner.model.quantization.checkpoint import of_checkpoint
from planner.model.quantization.errors import UnknownQuantizationError
from planner.model.quantization.quantization import Quantization
from planner.model.quantization.scheme import FP8, INT8, MXFP4, MXFP8, NVFP4, bitsandbytes, fp8_blocks

NEED_A_CHECKPOINT = frozenset(
    {
        "auto_awq",
        "auto_gptq",
        "awq",
        "awq_marlin",
        "compressed-tensors",
        "fbgemm_fp8",
        "gptq",
        "gptq_marlin",
        "modelopt",
        "modelopt_fp4",
        "modelopt_mxfp8",
    }
)
"""Methods vLLM reads, but does not apply to weights in 16 bits."""
_EXPERTS_ONLY = {"experts_int8": INT8, "int8_per_channel_weight_only": INT8, "nvfp4_per_token": NVFP4}
_EVERYWHERE = {
    **dict.fromkeys(("fp8", "ptpc_fp8", "fp8_per_tensor", "fp8_per_channel"), FP8),
    "fp8_per_block": fp8_blocks(),
    "mxfp8": MXFP8,
    "mxfp4": MXFP4,
    "bitsandbytes": bitsandbytes(4),
}


def of_method(method: str) -> Quantization:
    """What ``--quantization METHOD`` makes of a model in 16 bits.

    Raises:
        UnknownQuantizationError: nothing is known of the method.
    """
    if method in _EXPERTS_ONLY:
        return Quantization(method=method, experts=_EXPERTS_ONLY[method])
    if method in _EVERYWHERE:
        scheme = _EVERYWHERE[method]
        return Quantization(method="fp8" if scheme.family == "fp8" else method, linear=scheme, experts=scheme)
    if method in {"compressed-tensors", "modelopt"}:
        return Quantization(method="fp8", linear=FP8, experts=FP8)
    if method in NEED_A_CHECKPOINT:
        return of_checkpoint({"quant_method": method})
    raise UnknownQuantizationError(f"nothing is known of the quantization {method!r}: fp8, bitsandbytes")


_SAME_FORMAT = (
    frozenset({"awq", "awq_marlin", "auto_awq"}),
    frozenset({"gptq", "gptq_marlin", "auto_gptq", "marlin"}),
    frozenset({"mxfp4", "gpt_oss_mxfp4"}),
    frozenset({"auto-round", "inc"}),
    frozenset({"fp8", "deepseek_v4_fp8", "fp8_per_tensor", "fp8_per_block", "fp8_per_channel", "ptpc_fp8"}),
)
_OF_INTEGERS = frozenset({"moe_wna16", "humming"})


def reads(method: str, stored: Quantization) -> bool:
    """Whether ``--quantization METHOD`` names the format that the weights already have, under one of vLLM's names.

    ModelOpt's checkpoints are recognised whatever the option says; ``moe_wna16`` and ``humming`` read packed integers.
    """
    own = stored.method
    if not own:
        return False
    if method == own or (own.startswith("modelopt") and method.startswith("modelopt")):
        return True
    if method in _OF_INTEGERS and stored.family in {"int4", "int8"}:
        return True
    return any({method, own} <= names for names in _SAME_FORMAT)
