"""The number format of a model's weights, by its quantization method or by the model's name."""

import re

FP8_METHODS = frozenset(
    {
        *("fp8", "fbgemm_fp8", "modelopt", "ptpc_fp8", "mxfp8", "modelopt_mxfp8"),
        *("fp8_per_tensor", "fp8_per_block", "fp8_per_channel", "deepseek_v4_fp8"),
    }
)
FP4_METHODS = frozenset({"modelopt_fp4", "nvfp4", "mxfp4", "gpt_oss_mxfp4"})
_FP8_NAME = re.compile(r"(?i)(^|[-_.])fp8($|[-_.])")
_FOUR_BITS = re.compile(r"(?i)(^|[-_. ])(awq|gptq|w4a16|int4|4bit|fp4|nvfp4|mxfp4|bitsandbytes)($|[-_. ])")


def uses_fp8(model: str, quantization: str | None) -> bool:
    """Whether the weights are in FP8.

    Args:
        model: name on the Hugging Face Hub, OWNER/NAME.
        quantization: vLLM's name of the method; None for the model's own.
    """
    return quantization in FP8_METHODS or bool(_FP8_NAME.search(model.rpartition("/")[2]))


def weight_bits(model: str, quantization: str | None) -> int:
    """Bits of each weight; 16 where neither method nor name says. Arguments as for :func:`uses_fp8`."""
    if uses_fp8(model, quantization):
        return 8
    named = f"{quantization or ''} {model.rpartition('/')[2]}"
    return 4 if quantization in FP4_METHODS or _FOUR_BITS.search(named) else 16
