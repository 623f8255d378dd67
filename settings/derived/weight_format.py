"""The number format of a service's weights, by its quantization or by the model's name."""

import re

from settings.models.services import ServiceSettings

FP8_METHODS = frozenset({"fp8", "fbgemm_fp8", "modelopt", "ptpc_fp8"})

FP4_METHODS = frozenset({"modelopt_fp4", "nvfp4", "mxfp4"})

FP8_NAME = re.compile(r"(?i)(^|[-_.])fp8($|[-_.])")

FOUR_BITS = re.compile(r"(?i)(^|[-_. ])(awq|gptq|w4a16|int4|4bit|fp4|nvfp4|mxfp4|bitsandbytes)($|[-_. ])")


def uses_fp8(service: ServiceSettings) -> bool:
    """Whether a service's weights are in FP8, by its quantization or by the model's name."""
    return service.quantization in FP8_METHODS or bool(FP8_NAME.search(service.model.rpartition("/")[2]))


def weight_bits(service: ServiceSettings) -> int:
    """Bits of each weight, by its quantization or by the model's name; 16 where neither says."""
    if uses_fp8(service):
        return 8
    named = f"{service.quantization or ''} {service.model.rpartition('/')[2]}"
    return 4 if service.quantization in FP4_METHODS or FOUR_BITS.search(named) else 16
