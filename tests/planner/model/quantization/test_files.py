"""Where a checkpoint describes its quantization, in the order in which vLLM looks."""

from typing import Any

import pytest

from planner.model.quantization import UNQUANTIZED, Part, needs_file_beside, of_files, with_file_beside

AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128}
FP8 = {"quant_method": "fp8"}
BESIDE = {
    "producer": {"name": "modelopt", "version": "0.23.0"},
    "quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]},
}
MIXED = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "ignore": ["lm_head"]}
GROUPS = {
    "quant_method": "compressed-tensors",
    "config_groups": {"g": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "int"}}},
}


@pytest.mark.parametrize(
    ("config", "text", "method"),
    [
        ({}, {}, ""),
        ({"quantization_config": AWQ}, {"quantization_config": FP8}, "awq"),
        ({}, {"quantization_config": FP8}, "fp8"),
        ({"compression_config": GROUPS}, {}, "compressed-tensors"),
        ({}, {"compression_config": GROUPS}, "compressed-tensors"),
        ({"quantization_config": None, "compression_config": GROUPS}, {}, "compressed-tensors"),
        ({"hf_quant_config.json": BESIDE}, {}, "modelopt_fp8"),
        ({"hf_quant_config.json": BESIDE}, {"quantization_config": AWQ}, "modelopt_fp8"),
        ({"hf_quant_config.json": BESIDE, "quantization_config": AWQ}, {}, "awq"),
        ({"quantization": {"group_size": 64, "bits": 4}}, {}, "mlx"),
        ({"quantization_config": {"group_size": 64, "bits": 4, "mode": "affine"}}, {}, "mlx"),
        ({"quantization": {"group_size": 64, "bits": 4}, "quantization_config": AWQ}, {}, "awq"),
        ({"quantization": "fp8"}, {}, ""),
    ],
)
def test_the_first_place_that_describes_it(config: dict[str, Any], text: dict[str, Any], method: str) -> None:
    assert of_files(config, text).method == method


def test_the_file_beside_the_configuration() -> None:
    found = of_files(with_file_beside({}, BESIDE), {})
    assert found.kv_cache == "fp8"
    assert found.traits == {"own_file"}
    assert found.scheme("lm_head", Part.HEAD) is None
    assert found.scheme("layers.0.mlp.up_proj") is not None
    assert with_file_beside({"a": 1}, None) == {"a": 1}


def test_layers_that_only_the_file_beside_it_names() -> None:
    layers = {"model.layers.0.mlp.experts": {"quant_algo": "NVFP4", "group_size": 16}}
    beside = {"quantization": {"quant_algo": "MIXED_PRECISION", "quantized_layers": layers}}
    config = {"quantization_config": MIXED}
    assert needs_file_beside(config)
    assert of_files(with_file_beside(config, beside), {}).families == {"fp4"}
    assert not needs_file_beside({"quantization_config": {**MIXED, "quantized_layers": layers}})
    assert not needs_file_beside({"quantization_config": FP8})
    assert needs_file_beside({"quantization_config": None})
    assert of_files(with_file_beside({}, beside), {}).families == {"fp4"}


def test_scales_of_the_cache_alone_are_no_quantization() -> None:
    beside = {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": None, "kv_cache_quant_algo": "FP8"}}
    assert of_files(with_file_beside({}, beside), {}) == UNQUANTIZED


def test_weights_of_mlx_are_refused_with_the_reason() -> None:
    found = of_files({"quantization": {"group_size": 64, "bits": 4}}, {})
    assert "vllm-project/vllm#13283" in found.not_loaded
    scheme = found.scheme("embed_tokens", Part.EMBEDDING)
    assert scheme is not None
    assert scheme.stored_bytes == 0.5 + 4 / 64
