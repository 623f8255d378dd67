"""Bytes a parameter of each published form, and the errors of forms and values that are not known."""

import json
import time
from typing import Any

import pytest

from planner.model.quantization import UnknownQuantizationError, UnreadableQuantizationError, of_checkpoint


def group(**weights: Any) -> dict[str, Any]:
    """A group of compressed-tensors for all linear layers."""
    return {"config_groups": {"group_0": {"targets": ["Linear"], "weights": weights}}}


@pytest.mark.parametrize(
    ("config", "bytes_", "family"),
    [
        ({"quant_method": "fp8"}, 1.0, "fp8"),
        ({"quant_method": "FP8", "weight_block_size": [128, 128]}, 1 + 4 / 16384, "fp8"),
        ({"quant_method": "fp8", "weight_block_size": [1, 32]}, 1 + 4 / 32, "fp8"),
        ({"quant_method": "fbgemm_fp8"}, 1.0, "fp8"),
        ({"quant_method": "mxfp8", "ignored_layers": ["lm_head"]}, 1 + 1 / 32, "mxfp8"),
        ({"quant_method": "mxfp4"}, 0.5 + 1 / 32, "mxfp4"),
        ({"quant_method": "fp_quant", "forward_dtype": "nvfp4"}, 0.5 + 1 / 16, "fp4"),
        ({"quant_method": "fp_quant", "forward_dtype": "mxfp4"}, 0.5 + 1 / 32, "mxfp4"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, 0.5 + 2.5 / 128, "int4"),
        ({"quant_method": "awq", "w_bit": 4, "q_group_size": 64}, 0.5 + 2.5 / 64, "int4"),
        ({"quant_method": "gptq", "bits": 8, "group_size": 128}, 1 + 3 / 128, "int8"),
        ({"quant_method": "gptq", "bits": 4, "group_size": -1}, 0.5, "int4"),
        ({"quant_method": "auto-round", "bits": 4, "group_size": 128, "data_type": "int"}, 0.5 + 2.5 / 128, "int4"),
        ({"quant_method": "auto-round", "bits": 4, "group_size": 32, "data_type": "mx_fp"}, 0.5 + 1 / 32, "mxfp4"),
        ({"quant_method": "auto-round", "bits": 8, "group_size": [128, 128], "data_type": "fp"}, 1 + 4 / 16384, "fp8"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, 0.5 + 4 / 64, "int4"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, 1.0, "int8"),
        (
            {"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64}}},
            0.5 + 4 / 64,
            "int4",
        ),
        (
            {"quant_method": "aqlm", "in_group_size": 8, "nbits_per_codebook": 16, "num_codebooks": 1},
            0.25,
            "int4",
        ),
        (
            {"quant_method": "torchao", "quant_type": {"default": {"_type": "Float8WeightOnlyConfig", "_data": {}}}},
            1.0,
            "fp8",
        ),
        (
            {
                "quant_method": "torchao",
                "quant_type": {"default": {"_type": "Int4WeightOnlyConfig", "_data": {"group_size": 128}}},
            },
            0.5 + 2.5 / 128,
            "int4",
        ),
        ({"quant_method": "torchao", "quant_type": "int8_weight_only"}, 1.0, "int8"),
        (
            {
                "quant_method": "quark",
                "global_quant_config": {"weight": {"dtype": "fp8_e4m3", "qscheme": "per_tensor"}},
            },
            1.0,
            "fp8",
        ),
        (
            {
                "quant_method": "quark",
                "global_quant_config": {"weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32}},
            },
            0.5 + 1 / 32,
            "mxfp4",
        ),
        (
            {"quant_method": "compressed-tensors", **group(num_bits=4, type="int", group_size=128)},
            0.5 + 2 / 128,
            "int4",
        ),
        ({"quant_method": "compressed_tensors", **group(num_bits=8, type="int", group_size=None)}, 1.0, "int8"),
        (
            {
                "quant_method": "compressed-tensors",
                **group(num_bits=4, type="int", group_size=128, symmetric=False),
            },
            0.5 + 2.5 / 128,
            "int4",
        ),
        ({"quant_method": "compressed-tensors", **group(num_bits=8, type="float")}, 1.0, "fp8"),
        (
            {
                "quant_method": "compressed-tensors",
                **group(num_bits=8, type="float", strategy="block", block_structure=[128, 128]),
            },
            1 + 4 / 16384,
            "fp8",
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "format": "nvfp4-pack-quantized",
                **group(num_bits=4, type="float", group_size=16, strategy="tensor_group"),
            },
            0.5 + 1 / 16,
            "fp4",
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "format": "mxfp4-pack-quantized",
                **group(num_bits=4, type="float", group_size=32, strategy="group"),
            },
            0.5 + 1 / 32,
            "mxfp4",
        ),
        (
            {
                "quant_method": "compressed-tensors",
                **group(num_bits=8, type="float", group_size=32, strategy="group", scale_dtype="torch.uint8"),
            },
            1 + 1 / 32,
            "mxfp8",
        ),
        (
            {
                "quant_method": "compressed-tensors",
                **group(num_bits=8, type="float"),
                "sparsity_config": {"format": "sparse-24-bitmask", "targets": ["Linear"]},
            },
            0.5 + 1 / 8,
            "fp8",
        ),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, 1.0, "fp8"),
        ({"quant_method": "modelopt", "quant_algo": "fp8_pb_wo"}, 1 + 4 / 16384, "fp8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": "16"}, 0.5 + 1 / 16, "fp4"),
        ({"quant_method": "modelopt", "quant_algo": "MXFP8"}, 1 + 1 / 32, "mxfp8"),
        ({"quant_method": "modelopt_fp4"}, 0.5 + 1 / 16, "fp4"),
        ({"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8"}}, 1.0, "fp8"),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
def test_bytes_of_a_parameter(config: dict[str, Any], bytes_: float, family: str) -> None:
    found = of_checkpoint(config)
    assert found.schemes[0].loaded_bytes == pytest.approx(bytes_)
    assert found.family == family
    assert not found.not_loaded


@pytest.mark.parametrize(
    ("config", "part_of_line"),
    [
        ({"quant_method": "quip"}, "'quip'"),
        ({"quant_method": "", "producer": {"name": "modelopt"}}, "(none)"),
        ({}, "(none)"),
        ({"quant_method": "x" * 100_000}, "xxx"),
        ({"quant_method": "compressed-tensors"}, "config_groups"),
        ({"quant_method": "compressed-tensors", **group(num_bits=6, type="float")}, "6 bits"),
        ({"quant_method": "modelopt"}, "quant_algo (none)"),
        ({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}, "quantized_layers"),
        ({"quant_method": "torchao", "quant_type": "uintx"}, "uintx"),
        ({"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "int3"}}}, "int3"),
    ],
)
def test_forms_that_are_not_known(config: dict[str, Any], part_of_line: str) -> None:
    with pytest.raises(UnknownQuantizationError) as error:
        of_checkpoint(config)
    assert part_of_line in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"quant_method": "awq", "bits": 0}, "quantization_config.bits is 0: a whole number from 1 to 16 is needed"),
        ({"quant_method": "gptq", "bits": "4"}, 'quantization_config.bits is "4": a whole number'),
        ({"quant_method": "gptq", "bits": True}, "quantization_config.bits is true"),
        ({"quant_method": "gptq", "bits": 4.5}, "quantization_config.bits is 4.5"),
        ({"quant_method": "gptq", "bits": 10**400}, "quantization_config.bits is a number of about 400 digits"),
        ({"quant_method": "awq", "q_group_size": -128}, "quantization_config.q_group_size is -128"),
        ({"quant_method": "awq", "group_size": 0}, "quantization_config.group_size is 0"),
        ({"quant_method": "gptq", "group_size": "128"}, 'quantization_config.group_size is "128": a whole'),
        ({"quant_method": "gptq", "dynamic": {"+:.*": {"bits": -1}}}, "quantization_config.dynamic['+:.*'].bits is -1"),
        (
            {"quant_method": "gptq", "dynamic": ["+:.*"]},
            'quantization_config.dynamic is ["+:.*"]: an object is needed',
        ),
        ({"quant_method": "fp8", "weight_block_size": [0, 128]}, "quantization_config.weight_block_size is 0"),
        ({"quant_method": "fp8", "weight_block_size": 128}, "quantization_config.weight_block_size is 128"),
        ({"quant_method": "fp8", "ignored_layers": "lm_head"}, 'quantization_config.ignored_layers is "lm_head"'),
        ({"quant_method": "fp8", "ignored_layers": ["a", 5]}, "quantization_config.ignored_layers[1] is 5"),
        ({"quant_method": ["fp8"]}, 'quantization_config.quant_method is ["fp8"]: text is needed'),
        (
            {"quant_method": "compressed-tensors", "config_groups": [1]},
            "quantization_config.config_groups is [1]: an object",
        ),
        (
            {"quant_method": "compressed-tensors", "config_groups": {"g": []}},
            "quantization_config.config_groups.g is []: an object",
        ),
        (
            {"quant_method": "compressed-tensors", **group(num_bits="8")},
            'quantization_config.config_groups.group_0.weights.num_bits is "8"',
        ),
        (
            {"quant_method": "compressed-tensors", **group(num_bits=8), "ignore": ["lm_head", "re:((("]},
            "quantization_config.ignore[1] is not a regular expression: missing ), unterminated subpattern",
        ),
        (
            {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {"a.q_proj": 5}},
            "quantization_config.quantized_layers['a.q_proj'] is 5: an object is needed",
        ),
        (
            {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {"a.q_proj": {}}},
            "quantization_config.quantized_layers['a.q_proj'].quant_algo is null: an algorithm's name is needed",
        ),
        (
            {"quant_method": "auto-round", "extra_config": {"(((": {"bits": 8}}},
            "quantization_config.extra_config['((('] is not a regular expression: missing )",
        ),
        (
            {"quant_method": "gptq", "dynamic": {"+:(((": {"bits": 8}}},
            "quantization_config.dynamic['((('] is not a regular expression: missing )",
        ),
        ({"quant_method": "auto-round", "extra_config": {"a": 1}}, "quantization_config.extra_config['a'] is 1"),
        ({"quant_method": "fp8", "ignored_layers": [f"re:.*{i}" for i in range(1001)]}, "more than 1,000 expressions"),
        ({"quant_method": "gptq", "dynamic": {f".*{i}": {} for i in range(1001)}}, "more than 1,000 expressions"),
        ({"quant_method": "fp8", "ignored_layers": ["re:" + "a" * 100_000]}, "more than 1,000 characters"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_values_of_a_wrong_kind_are_one_line_with_their_place(config: dict[str, Any], line: str) -> None:
    with pytest.raises(UnreadableQuantizationError) as error:
        of_checkpoint(config)
    assert line in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


def with_entries(kind: str, count: int) -> dict[str, Any]:
    """A configuration whose list or map has so many entries."""
    match kind:
        case "names":
            return {"quant_method": "fp8", "ignored_layers": [f"model.layers.{i % 60}.mlp.x{i}" for i in range(count)]}
        case "wildcards":
            ignored = [f"layers.{i}.self_attn*" for i in range(count)]
            return {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ignored}
        case "map of algorithms":
            layers = {f"model.layers.{i % 60}.mlp.x{i}": {"quant_algo": "FP8"} for i in range(count)}
            return {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": layers}
        case "map of bits":
            extra = {f"model.layers.{i % 60}.mlp.x{i}": {"bits": 16} for i in range(count)}
            return {"quant_method": "auto-round", "bits": 4, "group_size": 128, "extra_config": extra}
        case _:
            groups = {
                f"group_{i}": {"targets": [f"model.layers.{i}.x"], "weights": {"num_bits": 8}} for i in range(count)
            }
            return {"quant_method": "compressed-tensors", "config_groups": groups}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["names", "wildcards", "map of algorithms", "map of bits", "groups"])
def test_time_is_linear_in_the_entries(kind: str) -> None:
    def seconds(count: int) -> float:
        config = with_entries(kind, count)
        start = time.process_time()
        found = of_checkpoint(config)
        for index in range(60):
            found.scheme(f"layers.{index}.self_attn.q_proj")
        return time.process_time() - start

    few = max(min(seconds(5_000) for _ in range(2)), 0.01)
    # Twenty times the entries: 20 times the time if it is linear, 400 if it is quadratic.
    assert seconds(100_000) < 120 * few
