"""What ``--quantization`` makes of weights in 16 bits, and which weights it names."""

import pytest

from planner.model.quantization import (
    NEED_A_CHECKPOINT,
    UNQUANTIZED,
    Part,
    UnknownQuantizationError,
    of_checkpoint,
    of_method,
    reads,
)

AWQ = of_checkpoint({"quant_method": "awq", "bits": 4, "group_size": 128})
NVFP4 = of_checkpoint({"quant_method": "modelopt", "quant_algo": "NVFP4"})


@pytest.mark.parametrize(
    ("method", "linear", "experts"),
    [
        ("fp8", 1.0, 1.0),
        ("fp8_per_block", 1 + 4 / 16384, 1 + 4 / 16384),
        ("bitsandbytes", 0.5625, 0.5625),
        ("awq", 0.51953125, 0.51953125),
        ("mxfp8", 1 + 1 / 32, 1 + 1 / 32),
        ("experts_int8", None, 1.0),
        ("int8_per_channel_weight_only", None, 1.0),
        ("nvfp4_per_token", None, 0.5625),
    ],
)
def test_what_an_option_makes_of_16_bits(method: str, linear: float | None, experts: float) -> None:
    found = of_method(method)
    scheme = found.scheme("layers.0.mlp.up_proj")
    assert (scheme.loaded_bytes if scheme else None) == linear
    scheme = found.scheme("layers.0.mlp.experts.0.up_proj", Part.EXPERTS)
    assert scheme is not None
    assert scheme.loaded_bytes == experts


@pytest.mark.parametrize("method", sorted(NEED_A_CHECKPOINT))
def test_methods_that_need_a_checkpoint_can_be_estimated(method: str) -> None:
    assert of_method(method).schemes[0].loaded_bytes < 1.1


def test_an_unknown_method_is_an_error() -> None:
    with pytest.raises(UnknownQuantizationError, match="'quip': fp8, bitsandbytes"):
        of_method("quip")


@pytest.mark.parametrize(
    ("method", "stored", "same"),
    [
        ("awq", AWQ, True),
        ("awq_marlin", AWQ, True),
        ("moe_wna16", AWQ, True),
        ("gptq", AWQ, False),
        ("fp8", AWQ, False),
        ("modelopt", NVFP4, True),
        ("modelopt_fp4", NVFP4, True),
        ("moe_wna16", NVFP4, False),
        ("fp8", UNQUANTIZED, False),
    ],
)
def test_names_of_the_format_that_weights_have(method: str, stored: object, *, same: bool) -> None:
    assert reads(method, stored) is same  # type: ignore[arg-type]
