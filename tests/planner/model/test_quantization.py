"""Bytes a parameter of each method, what stays in 16 bits, and which GPUs can load it."""

from typing import Any

import pytest

from planner.model.quantization import NEED_A_CHECKPOINT, UnknownQuantizationError, of_checkpoint, of_method

_W4A16 = {"config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int", "group_size": 128}}}}
_W8A8 = {"config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int", "group_size": None}}}}
_FP8 = {"config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "float"}}}}
_NVFP4 = {"config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "float", "group_size": 16}}}}


@pytest.mark.parametrize(
    ("config", "bytes_", "family"),
    [
        ({"quant_method": "fp8"}, 1.0, "fp8"),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, 1 + 4 / 16384, "fp8"),
        ({"quant_method": "fbgemm_fp8"}, 1.0, "fp8"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, 0.5 + 2.5 / 128, "int4"),
        ({"quant_method": "awq", "w_bit": 4, "q_group_size": 64}, 0.5 + 2.5 / 64, "int4"),
        ({"quant_method": "gptq", "bits": 8, "group_size": 128}, 1 + 3 / 128, "int8"),
        ({"quant_method": "gptq", "bits": 4, "group_size": -1}, 0.5, "int4"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, 0.5 + 4 / 64, "int4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, 1.0, "int8"),
        ({"quant_method": "mxfp4"}, 0.5 + 1 / 32, "mxfp4"),
        ({"quant_method": "compressed-tensors", **_W4A16}, 0.5 + 2 / 128, "int4"),
        ({"quant_method": "compressed-tensors", **_W8A8}, 1.0, "int8"),
        ({"quant_method": "compressed-tensors", **_FP8}, 1.0, "fp8"),
        ({"quant_method": "compressed-tensors", **_NVFP4}, 0.5 + 1 / 16, "fp4"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, 1.0, "fp8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, 0.5 + 1 / 16, "fp4"),
        ({"quant_method": "modelopt_fp4"}, 0.5 + 1 / 16, "fp4"),
    ],
)
def test_bytes_of_a_parameter(config: dict[str, Any], bytes_: float, family: str) -> None:
    found = of_checkpoint(config)
    assert found.bytes_per_parameter == pytest.approx(bytes_)
    assert found.family == family


@pytest.mark.parametrize(
    ("method", "bytes_"), [("fp8", 1.0), ("bitsandbytes", 0.5625), ("awq", 0.51953125), ("experts_int8", 1.0)]
)
def test_what_an_option_makes_of_16_bits(method: str, bytes_: float) -> None:
    assert of_method(method).bytes_per_parameter == pytest.approx(bytes_)


@pytest.mark.parametrize("method", sorted(NEED_A_CHECKPOINT))
def test_methods_that_need_a_checkpoint_can_be_reckoned(method: str) -> None:
    assert of_method(method).bytes_per_parameter < 1.1


@pytest.mark.parametrize("config", [{"quant_method": "quip"}, {}, {"quant_method": "compressed-tensors"}])
def test_an_unknown_method_is_an_error(config: dict[str, Any]) -> None:
    with pytest.raises(UnknownQuantizationError):
        of_checkpoint(config)
    with pytest.raises(UnknownQuantizationError, match="'quip': fp8, bitsandbytes"):
        of_method("quip")


@pytest.mark.parametrize(
    ("entry", "module", "kept"),
    [
        ("lm_head", "lm_head", True),
        ("lm_head", "layers.0.self_attn.q_proj", False),
        ("model.layers.0.self_attn.q_proj", "layers.0.self_attn.q_proj", True),
        ("model.layers.0.self_attn.q_proj", "layers.1.self_attn.q_proj", False),
        ("model.layers.0.self_attn.q_proj", "layers.10.self_attn.q_proj", False),
        ("re:.*self_attn.*", "layers.3.self_attn.o_proj", True),
        ("re:.*lm_head", "layers.3.mlp.up_proj", False),
        ("model.layers.*.self_attn", "layers.3.mlp.up_proj", False),
        ("self_attn", "layers.3.self_attn.k_proj", True),
        ("mlp.gate", "layers.3.mlp.gate_proj", False),
    ],
)
def test_lists_of_what_stays_in_16_bits(entry: str, module: str, *, kept: bool) -> None:
    assert of_checkpoint({"quant_method": "fp8", "ignored_layers": [entry]}).keeps(module) is kept
