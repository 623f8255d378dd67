"""ModelOpt: several algorithms in one checkpoint, exceptions, and the number format of the KV cache."""

from typing import Any

import pytest

from planner.model.quantization import Part, of_checkpoint

EXPERT = "mlp.experts.0.up_proj"


def mixed(layers: dict[str, str], **more: Any) -> Any:
    """A checkpoint with an algorithm for each module."""
    named = {name: {"quant_algo": algorithm} for name, algorithm in layers.items()}
    return of_checkpoint(
        {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": named, **more}
    )


def family(found: Any, module: str) -> str:
    """The family of a module; empty for 16 bits."""
    scheme = found.scheme(module, Part.EXPERTS if ".experts" in module else Part.LINEAR)
    return scheme.family if scheme else ""


def test_a_map_of_one_layer_stands_for_all() -> None:
    found = mixed({"model.layers.0.self_attn.q_proj": "FP8", "model.layers.0.mlp.experts": "NVFP4"}, ignore=["lm_head"])
    for index in (0, 47):
        for module in ("q_proj", "k_proj", "o_proj"):
            assert family(found, f"layers.{index}.self_attn.{module}") == "fp8"
        assert family(found, f"layers.{index}.{EXPERT}") == "fp4"
        assert family(found, f"layers.{index}.mlp.shared_experts.up_proj") == ""
    assert found.scheme("lm_head", Part.HEAD) is None
    assert not found.names_layers


def test_a_map_of_a_dense_and_a_mixed_layer_stands_for_both_kinds() -> None:
    found = mixed({"model.layers.0.mlp.down_proj": "FP8", "model.layers.3.mlp.experts.7.down_proj": "NVFP4"})
    assert family(found, "layers.1.mlp.down_proj") == "fp8"
    assert family(found, "layers.60.mlp.experts.0.down_proj") == "fp4"


def test_layers_that_differ_are_taken_one_by_one() -> None:
    found = mixed({"model.layers.0.mlp.down_proj": "FP8", "model.layers.1.mlp.down_proj": "NVFP4"})
    assert [family(found, f"layers.{index}.mlp.down_proj") for index in range(3)] == ["fp8", "fp4", ""]
    assert found.names_layers


def test_a_module_that_one_layer_lacks_stays_in_16_bits_there() -> None:
    found = mixed(
        {
            **{f"model.layers.{index}.self_attn.{name}_proj": "FP8" for index in range(2) for name in "qkvo"},
            "model.layers.0.mlp.down_proj": "NVFP4",
            "model.layers.0.mlp.up_proj": "NVFP4",
            "model.layers.1.mlp.up_proj": "NVFP4",
        }
    )
    assert [family(found, f"layers.{index}.mlp.down_proj") for index in range(2)] == ["fp4", ""]
    assert [family(found, f"layers.{index}.mlp.up_proj") for index in range(2)] == ["fp4", "fp4"]


def test_every_expert_by_itself() -> None:
    layers = {f"model.layers.{i}.mlp.experts.{j}.up_proj": "NVFP4" for i in range(4) for j in range(16)}
    found = mixed(layers | {"model.language_model.layers.0.self_attn.o_proj": "FP8"})
    assert family(found, f"layers.3.{EXPERT}") == "fp4"
    assert family(found, "layers.3.self_attn.o_proj") == "fp8"


def test_groups_of_each_module() -> None:
    named = {
        "model.layers.0.mlp.experts": {"quant_algo": "W4A16_NVFP4", "group_size": 32},
        "model.layers.0.self_attn": {"quant_algo": "MXFP8"},
        "model.layers.0.mlp.shared_experts": {"quant_algo": "FP8_PB_WO"},
    }
    found = of_checkpoint({"quant_method": "modelopt", "quant_algo": "mixed_precision", "quantized_layers": named})
    assert family(found, "layers.0.self_attn.q_proj") == "mxfp8"
    expert, shared = (
        found.scheme(f"layers.0.{EXPERT}", Part.EXPERTS),
        found.scheme("layers.0.mlp.shared_experts.up_proj"),
    )
    assert expert is not None
    assert shared is not None
    assert (expert.group, expert.loaded_bytes) == (32, 0.5 + 1 / 32)
    assert (shared.group, shared.rows) == (128, 128)


def test_exceptions_in_the_words_of_either_file() -> None:
    for key in ("exclude_modules", "ignore"):
        found = of_checkpoint({"quant_method": "modelopt", "quant_algo": "NVFP4", key: ["*self_attn*", "lm_head"]})
        assert family(found, "layers.0.self_attn.q_proj") == ""
        assert family(found, "layers.0.mlp.up_proj") == "fp4"
        assert found.scheme("lm_head", Part.HEAD) is None
    assert of_checkpoint({"quant_method": "modelopt", "quant_algo": "FP8"}).scheme("lm_head", Part.HEAD) is not None


@pytest.mark.parametrize(
    ("given", "cache"),
    [
        ({"kv_cache_quant_algo": "FP8"}, "fp8"),
        ({"kv_cache_quant_algo": "NVFP4"}, "nvfp4"),
        ({"kv_cache_quant_algo": "INT8"}, ""),
        ({"kv_cache_quant_algo": None}, ""),
        ({"kv_cache_scheme": {"type": "float", "num_bits": 8, "dynamic": False}}, "fp8"),
        ({"kv_cache_scheme": {"type": "float", "num_bits": 8, "dynamic": True}}, ""),
        ({"kv_cache_scheme": {"type": "float", "num_bits": 4}}, "nvfp4"),
        ({"kv_cache_scheme": {"type": "int", "num_bits": 8, "dynamic": False}}, ""),
    ],
)
def test_number_format_of_the_cache(given: dict[str, Any], cache: str) -> None:
    assert of_checkpoint({"quant_method": "modelopt", "quant_algo": "FP8", **given}).kv_cache == cache
    nested = {"quant_method": "modelopt", "quantization": {"quant_algo": "FP8", **given}}
    assert of_checkpoint(nested).kv_cache == cache


def test_algorithms_that_vllm_does_not_read() -> None:
    assert "W4A8_AWQ" in of_checkpoint({"quant_method": "modelopt", "quant_algo": "W4A8_AWQ"}).not_loaded
