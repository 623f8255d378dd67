"""Which scheme each module has: exceptions, groups by name and by class, rules by layer, parts that methods reach."""

from typing import Any

import pytest

from planner.model.quantization import Part, of_checkpoint

Q, UP, HEAD = "layers.3.self_attn.q_proj", "layers.3.mlp.up_proj", "lm_head"
EXPERT, SHARED = "layers.3.mlp.experts.0.up_proj", "layers.3.mlp.shared_experts.up_proj"
INT4 = {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 32, "symmetric": True}}
FLOAT8 = {"num_bits": 8, "type": "float", "strategy": "channel"}
FLOAT4 = {"num_bits": 4, "type": "float", "group_size": 16, "strategy": "tensor_group"}


def families(config: dict[str, Any], *modules: str) -> list[str]:
    """The family of each module; empty for 16 bits."""
    found = of_checkpoint(config)
    parts = {EXPERT: Part.EXPERTS, HEAD: Part.HEAD, "embed_tokens": Part.EMBEDDING}
    schemes = [found.scheme(module, parts.get(module, Part.LINEAR)) for module in modules]
    return [scheme.family if scheme else "" for scheme in schemes]


@pytest.mark.parametrize(
    ("entry", "module", "kept"),
    [
        ("lm_head", "lm_head", True),
        ("lm_head", "layers.0.self_attn.q_proj", False),
        ("model.layers.0.self_attn.q_proj", "layers.0.self_attn.q_proj", True),
        ("model.layers.0.self_attn.q_proj", "layers.1.self_attn.q_proj", False),
        ("model.layers.0.self_attn.q_proj", "layers.10.self_attn.q_proj", False),
        ("model.language_model.layers.0.mlp", "layers.0.mlp.up_proj", True),
        ("language_model.model.layers.0.mlp", "layers.0.mlp.up_proj", True),
        ("re:.*self_attn.*", "layers.3.self_attn.o_proj", True),
        ("re:.*lm_head", "layers.3.mlp.up_proj", False),
        ("re:model\\.layers\\.(0|1)\\..*", "layers.1.mlp.up_proj", True),
        ("re:model\\.layers\\.(0|1)\\..*", "layers.11.mlp.up_proj", False),
        ("re:language_model\\.model\\.layers\\.0\\..*", "layers.0.mlp.up_proj", True),
        ("re:^(?!.*mlp).*", "layers.3.self_attn.o_proj", True),
        ("re:^(?!.*mlp).*", "layers.3.mlp.up_proj", False),
        ("re:.*\\.mlp\\.(gate|up|gate_up|down)_proj", "layers.3.mlp.up_proj", True),
        ("re:.*block_sparse_moe.*", "layers.3.mlp.experts.0.up_proj", True),
        ("re:.*feed_forward.shared_expert.*", "layers.3.mlp.shared_experts.up_proj", True),
        ("re:.*\\.w2$", "layers.3.mlp.down_proj", True),
        ("re:.*qkv_proj", "layers.3.self_attn.k_proj", True),
        ("re:.*\\.mixer\\..*", "layers.3.mamba.in_proj", True),
        ("model.layers.*.self_attn", "layers.3.mlp.up_proj", False),
        ("model.layers.*.self_attn", "layers.3.self_attn.q_proj", True),
        ("*self_attn*", "layers.3.self_attn.q_proj", True),
        ("model.layers.1*", "layers.1.mlp.up_proj", True),
        ("model.layers.1*", "layers.10.mlp.up_proj", False),
        ("model.layers.[01].mlp", "layers.1.mlp.up_proj", True),
        ("model.layers.[!01].mlp", "layers.1.mlp.up_proj", False),
        ("self_attn", "layers.3.self_attn.k_proj", True),
        ("layers.1", "layers.1.self_attn.k_proj", True),
        ("layers.1", "layers.11.self_attn.k_proj", False),
        ("mlp.gate", "layers.3.mlp.gate_proj", False),
        ("mlp.gate*", "layers.3.mlp.gate_proj", False),
        ("model.layers.5.block_sparse_moe.experts.7.w1", "layers.5.mlp.experts.0.gate_proj", True),
        ("backbone.layers.5.mixer.in_proj", "layers.5.mamba.in_proj", True),
        ("model.layers.5.self_attn.qkv_proj", "layers.5.self_attn.v_proj", True),
        ("", "layers.5.self_attn.v_proj", False),
    ],
)
def test_lists_of_what_stays_in_16_bits(entry: str, module: str, *, kept: bool) -> None:
    found = of_checkpoint({"quant_method": "fp8", "ignored_layers": [entry]})
    assert (found.scheme(module) is None) is kept


def test_experts_alone_as_kimi_k2_thinking_has_them() -> None:
    config = {
        "quant_method": "compressed-tensors",
        "config_groups": {"group_0": INT4},
        "ignore": [
            *("lm_head", "re:.*self_attn.*", "re:.*shared_experts.*"),
            "re:.*mlp\\.(gate|up|gate_up|down)_proj.*",
        ],
    }
    assert families(config, EXPERT, Q, SHARED, UP, HEAD) == ["int4", "", "", "", ""]


def test_groups_go_by_name_before_they_go_by_class() -> None:
    config = {
        "quant_method": "compressed-tensors",
        "config_groups": {
            "group_0": {"targets": ["Linear"], "weights": FLOAT4},
            "group_1": {"targets": ["re:.*self_attn.*", "model.layers.3.mlp.up_proj"], "weights": FLOAT8},
            "group_2": {"targets": ["LlamaAttention"], "weights": FLOAT8},
        },
        "ignore": ["re:.*shared_experts.*"],
    }
    assert families(config, Q, UP, "layers.4.mlp.up_proj", EXPERT, SHARED) == ["fp8", "fp8", "fp4", "fp4", ""]


def test_a_group_for_the_classes_of_experts_and_embedding() -> None:
    config = {
        "quant_method": "compressed-tensors",
        "config_groups": {
            "group_0": {"targets": ["Linear"], "weights": FLOAT8},
            "group_1": {"targets": ["RoutedExperts"], "weights": FLOAT4},
            "group_2": {"targets": ["Embedding"], "weights": {"num_bits": 8, "type": "int"}},
        },
    }
    assert families(config, Q, EXPERT, "embed_tokens", HEAD) == ["fp8", "fp4", "int8", ""]


def test_a_group_without_weights_quantizes_none() -> None:
    groups = {"group_0": {"targets": ["Linear"], "weights": None, "input_activations": FLOAT8}}
    assert families({"quant_method": "compressed-tensors", "config_groups": groups}, Q, EXPERT) == ["", ""]


def test_dynamic_rules_of_gptq() -> None:
    config = {
        "quant_method": "gptq",
        "bits": 4,
        "group_size": 128,
        "dynamic": {
            "-:.*self_attn.*": {},
            "+:.*\\.(?:3|4)\\.mlp\\..*": {"bits": 8, "group_size": 64},
            "+:.*\\.mlp\\..*": {"bits": 4},
        },
    }
    assert families(config, Q, UP, "layers.5.mlp.up_proj", HEAD) == ["", "int8", "int4", ""]
    found = of_checkpoint(config).scheme(UP)
    assert found is not None
    assert found.group == 64


def test_gptq_may_name_all_that_it_quantizes() -> None:
    blocks = [["self_attn.k_proj", "self_attn.v_proj", "self_attn.q_proj"], ["mlp.down_proj"]]
    config = {"quant_method": "gptq", "bits": 4, "group_size": 128, "modules_in_block_to_quantize": blocks}
    assert families(config, Q, UP, "layers.3.mlp.down_proj", HEAD) == ["int4", "", "int4", ""]
    assert families(config | {"lm_head": True}, HEAD) == ["int4"]


def test_layers_of_auto_round() -> None:
    config = {
        "quant_method": "auto-round",
        "bits": 4,
        "group_size": 128,
        "block_name_to_quantize": "model.layers",
        "extra_config": {
            "model.layers.3.self_attn.q_proj": {"bits": 16},
            "nothing|shared_experts": {"bits": 8},
            "lm_head": {"bits": 8},
        },
    }
    assert families(config, Q, UP, SHARED, HEAD) == ["", "int4", "int8", "int8"]
    assert families(config | {"block_name_to_quantize": "model.layers.3.mlp"}, UP, "layers.4.mlp.up_proj") == [
        "int4",
        "",
    ]


def test_experts_in_another_format_than_the_rest() -> None:
    deepseek = {"model_type": "deepseek_v4"}
    config = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    found = of_checkpoint(config, deepseek)
    assert (found.linear.family if found.linear else "", found.experts.family if found.experts else "") == (
        "fp8",
        "mxfp4",
    )
    assert of_checkpoint(config, deepseek | {"expert_dtype": "fp8"}).experts == found.linear
    nvfp4 = of_checkpoint(config | {"moe_quant_algo": "NVFP4"}, deepseek).experts
    assert nvfp4 is not None
    assert nvfp4.family == "fp4"
    assert of_checkpoint(config | {"store_dtype": "mxfp4"}).families == {"fp8", "mxfp4"}


def test_mxfp4_of_openai_reaches_experts_alone() -> None:
    assert families({"quant_method": "mxfp4", "modules_to_not_convert": ["x"]}, EXPERT, Q, UP, HEAD) == [
        "mxfp4",
        "",
        "",
        "",
    ]


def test_rules_of_quark() -> None:
    config = {
        "quant_method": "quark",
        "global_quant_config": {"weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32}},
        "layer_quant_config": {
            "*self_attn*": {"weight": {"dtype": "fp8_e4m3", "qscheme": "per_channel"}},
            "re:.*layers\\.3\\.mlp\\.up_proj": {"weight": None},
        },
        "exclude": ["lm_head", "*shared_experts*"],
    }
    assert families(config, Q, UP, "layers.4.mlp.up_proj", EXPERT, SHARED, HEAD) == [
        "fp8",
        "",
        "mxfp4",
        "mxfp4",
        "",
        "",
    ]


def test_a_map_of_torchao() -> None:
    kinds = {
        "_default": {"_type": "Int4WeightOnlyConfig", "_data": {"group_size": 128}},
        "re:.*self_attn.*": {"_type": "Int8WeightOnlyConfig", "_data": {}},
        "model.layers.3.mlp.up_proj": None,
    }
    described = {"_type": "ModuleFqnToConfig", "_data": {"module_fqn_to_config": kinds}}
    config = {"quant_method": "torchao", "quant_type": {"default": described}}
    assert families(config, Q, UP, "layers.4.mlp.up_proj", HEAD) == ["int8", "", "int4", ""]


def test_modules_that_bitsandbytes_skips() -> None:
    config = {
        "quant_method": "bitsandbytes",
        "load_in_4bit": True,
        "llm_int8_skip_modules": ["lm_head", "layers.3.mlp"],
    }
    assert families(config, Q, UP, "layers.4.mlp.up_proj", HEAD) == ["int4", "", "int4", ""]


def test_nested_scales_of_bitsandbytes_are_smaller_in_the_files() -> None:
    config = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_use_double_quant": True}
    scheme = of_checkpoint(config).scheme(Q)
    assert scheme is not None
    assert scheme.stored_bytes < 0.52 < scheme.loaded_bytes


@pytest.mark.parametrize("method", ["exl2", "exl3"])
def test_formats_of_other_engines(method: str) -> None:
    found = of_checkpoint({"quant_method": method, "bits": 4.25})
    assert f"(quant_method {method})" in found.not_loaded
    assert found.schemes[0].bits == 4.25


def test_rules_by_layer_are_noticed() -> None:
    assert not of_checkpoint({"quant_method": "fp8", "ignored_layers": ["lm_head", "vision.layers.3"]}).names_layers
    assert of_checkpoint({"quant_method": "fp8", "ignored_layers": ["model.layers.0.mlp"]}).names_layers
    assert of_checkpoint({"quant_method": "fp8", "ignored_layers": ["model.layers.0.mlp*"]}).names_layers
    assert of_checkpoint({"quant_method": "fp8", "ignored_layers": ["re:.*layers\\.0\\..*"]}).names_layers
