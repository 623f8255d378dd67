"""Computed bytes of quantized checkpoints against the sizes that are published of them, each with its source."""

from typing import Any

import pytest

from planner.memory.placement import stages
from planner.memory.weights import checkpoint_bytes, stage_weights
from planner.model.parameters import layer_weights
from planner.model.quantization import of_files, with_file_beside
from planner.model.reading import read_architecture
from planner.model.weight_schemes import scheme_of
from planner.units import GIB
from tests.planner.configs import LLAMA, shape_of

KIMI = {
    "architectures": ["DeepseekV3ForCausalLM"],
    "model_type": "kimi_k2",
    "hidden_size": 7168,
    "num_hidden_layers": 61,
    "num_attention_heads": 64,
    "num_key_value_heads": 64,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 384,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 1,
    "moe_layer_freq": 1,
    "vocab_size": 163840,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "max_position_embeddings": 262144,
    "torch_dtype": "bfloat16",
    "tie_word_embeddings": False,
    "topk_method": "noaux_tc",
}
KIMI_INT4 = {
    "quant_method": "compressed-tensors",
    "format": "pack-quantized",
    "config_groups": {
        "group_0": {
            "targets": ["Linear"],
            "input_activations": None,
            "weights": {"num_bits": 4, "group_size": 32, "strategy": "group", "symmetric": True, "type": "int"},
        }
    },
    "ignore": ["lm_head", "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"],
    "kv_cache_scheme": None,
}
LLAMA_1B = LLAMA | {"head_dim": 64}
MAVERICK = {
    "architectures": ["Llama4ForConditionalGeneration"],
    "model_type": "llama4",
    "text_config": {
        "model_type": "llama4_text",
        "hidden_size": 5120,
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 8192,
        "intermediate_size_mlp": 16384,
        "num_local_experts": 128,
        "num_experts_per_tok": 1,
        "interleave_moe_layer_step": 2,
        "vocab_size": 202048,
        "max_position_embeddings": 1048576,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    },
}
FLOAT8 = {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}


def test_kimi_k2_in_int4() -> None:
    # "Model is in 4bit already so it is taking 590GB of disk": unslothai/unsloth#4102. Experts alone are quantized.
    shape = read_architecture(KIMI | {"quantization_config": KIMI_INT4})
    assert checkpoint_bytes(shape) / 1e9 == pytest.approx(590, rel=0.02)


def test_kimi_k2_in_fp8() -> None:
    # 1,026.47 billion parameters by its files (the catalogue has the source), of which embedding and output layer, 2.35, in 16 bits.
    shape = shape_of("moonshotai/Kimi-K2-Instruct")
    assert checkpoint_bytes(shape) / 1e9 == pytest.approx(1026.47 + 2.35, rel=0.002)


def test_llama_4_maverick_with_its_experts_in_fp8() -> None:
    # "Model loading took 48.8682 GiB" on each of 8 GPUs: vllm-project/vllm#16152. Everything but experts is in 16 bits.
    kept = [
        "re:.*self_attn.*",
        "re:.*router.*",
        "re:.*shared_expert.*",
        "re:.*feed_forward.(gate|up|down)_proj",
        "lm_head",
    ]
    described = {"quant_method": "compressed-tensors", "config_groups": {"group_0": FLOAT8}, "ignore": kept}
    shape = read_architecture(MAVERICK | {"quantization_config": described})
    loaded = stage_weights(
        shape,
        stages(shape, 1)[0],
        tensor_parallel=8,
        quantization=shape.quantization,
        dtype="bfloat16",
        longest=4096,
    )
    assert loaded / GIB == pytest.approx(48.87, rel=0.02)


def test_llama_1b_in_4_bits_of_bitsandbytes() -> None:
    # 0.9786 GiB when vLLM 0.6 loaded unsloth/Llama-3.2-1B-Instruct-bnb-4bit: oumi-ai/oumi#1223. It kept the scales nested then;
    # since 0.9 it unpacks them while it loads (bitsandbytes_loader.py), so the files' bytes are compared.
    described = {"quant_method": "bitsandbytes", "_load_in_4bit": True, "bnb_4bit_use_double_quant": True}
    shape = read_architecture(LLAMA_1B | {"quantization_config": described})
    rope = 131072 * 64 * 2
    assert (checkpoint_bytes(shape) + rope) / GIB == pytest.approx(0.9786, rel=0.02)


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        # "Model loading took": tests/planner/rows has the source of each.
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", 67.72),
        ("RedHatAI/Qwen2.5-7B-Instruct-quantized.w8a8", 8.14),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16", 5.38),
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", 5.29),
        ("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4", 5.27),
        ("Qwen/Qwen3-8B-AWQ", 5.71),
        ("openai/gpt-oss-20b", 13.47),
        ("openai/gpt-oss-120b", 64.38),
    ],
)
def test_weights_that_vllm_printed(name: str, gib: float) -> None:
    shape = shape_of(name)
    loaded = stage_weights(
        shape,
        stages(shape, 1)[0],
        tensor_parallel=1,
        quantization=shape.quantization,
        dtype="bfloat16",
        longest=shape.max_positions,
    )
    assert loaded / GIB == pytest.approx(gib, rel=0.025)


def families(config: dict[str, Any], index: int) -> dict[str, str]:
    """The family of each linear module of a layer; empty for 16 bits."""
    shape = read_architecture(config)
    schemes = {
        weight.module: scheme_of(shape.quantization, weight, index)
        for weight in layer_weights(shape, shape.layers[index])
        if weight.linear
    }
    return {module: scheme.family if scheme else "" for module, scheme in schemes.items()}


def test_a_map_of_every_layer_as_qwen_3_6_has_it() -> None:
    # The form of nvidia/Qwen3.6-35B-A3B-NVFP4 in ai-dynamo/aiconfigurator, model_configs: linear attention in FP8, experts in
    # NVFP4, full attention in 16 bits, and the output layer in NVFP4.
    fp4, fp8 = {"quant_algo": "W4A16_NVFP4", "group_size": 16}, {"quant_algo": "FP8"}
    layers: dict[str, Any] = {"lm_head": fp4}
    for index in range(40):
        path = f"model.language_model.layers.{index}"
        if index % 4 != 3:
            layers |= {f"{path}.linear_attn.{name}": fp8 for name in ("in_proj_qkv", "in_proj_z", "out_proj")}
        layers[f"{path}.mlp.experts"] = fp4
        layers |= {f"{path}.mlp.shared_expert.{name}_proj": fp4 for name in ("gate", "up", "down")}
    inner = {"quant_algo": "MIXED_PRECISION", "exclude_modules": ["mtp*"], "quantized_layers": layers}
    found = of_files(with_file_beside({}, {"producer": {"name": "modelopt"}, "quantization": inner}), {})
    reached = {
        name: (scheme.family if (scheme := found.scheme(f"layers.{index}.{name}")) else "")
        for index, name in (
            (0, "linear_attn.in_proj_qkvz"),
            (0, "linear_attn.in_proj_ba"),
            (0, "linear_attn.out_proj"),
            (3, "self_attn.q_proj"),
            (3, "mlp.shared_experts.up_proj"),
        )
    }
    assert reached == {
        "linear_attn.in_proj_qkvz": "fp8",
        "linear_attn.in_proj_ba": "",
        "linear_attn.out_proj": "fp8",
        "self_attn.q_proj": "",
        "mlp.shared_experts.up_proj": "fp4",
    }


def test_experts_beside_a_dense_network_as_gemma_4_has_them() -> None:
    # The form of nvidia/Gemma-4-26B-A4B-NVFP4 in ai-dynamo/aiconfigurator: the dense network of a layer stays in 16 bits.
    shape = shape_of("google/gemma-4-26B-A4B-it")
    kept = [
        f"model.language_model.layers.{index}.{name}*" for index in range(30) for name in ("mlp", "router", "self_attn")
    ]
    found = of_files({"quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": kept}}, {})
    weights = {weight.module: scheme_of(found, weight, 0) for weight in layer_weights(shape, shape.layers[0])}
    assert weights["experts.0.up_proj"] is not None
    assert weights["mlp.up_proj"] is None
    assert weights["self_attn.q_proj"] is None


def test_blocks_of_nemotron_h() -> None:
    # The form of nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4 in ai-dynamo/aiconfigurator: Mamba in FP8, experts in NVFP4.
    config: dict[str, Any] = {
        "architectures": ["NemotronHForCausalLM"],
        "model_type": "nemotron_h",
        "hidden_size": 2688,
        "hybrid_override_pattern": "ME*M",
        "num_hidden_layers": 4,
        "num_attention_heads": 32,
        "num_key_value_heads": 2,
        "head_dim": 128,
        "intermediate_size": 1856,
        "moe_intermediate_size": 1856,
        "moe_shared_expert_intermediate_size": 3712,
        "n_routed_experts": 128,
        "n_shared_experts": 1,
        "num_experts_per_tok": 6,
        "mamba_num_heads": 64,
        "mamba_head_dim": 64,
        "ssm_state_size": 128,
        "n_groups": 8,
        "conv_kernel": 4,
        "vocab_size": 131072,
        "max_position_embeddings": 262144,
        "torch_dtype": "bfloat16",
    }
    fp4, fp8 = {"quant_algo": "W4A16_NVFP4", "group_size": 16}, {"quant_algo": "FP8"}
    layers = {
        "backbone.layers.0.mixer.in_proj": fp8,
        "backbone.layers.0.mixer.out_proj": fp8,
        **{f"backbone.layers.1.mixer.experts.{i}.{name}_proj": fp4 for i in range(128) for name in ("up", "down")},
        "backbone.layers.2.mixer.o_proj": fp8,
        "backbone.layers.3.mixer.in_proj": fp8,
        "backbone.layers.3.mixer.out_proj": fp8,
    }
    kept = ["backbone.layers.2.mixer.q_proj", "backbone.layers.2.mixer.k_proj", "backbone.layers.0.mixer.conv1d"]
    inner = {"quant_algo": "MIXED_PRECISION", "exclude_modules": kept, "quantized_layers": layers}
    config["hf_quant_config.json"] = {"producer": {"name": "modelopt"}, "quantization": inner}
    assert families(config, 0) == {"mixer.in_proj": "fp8", "mixer.out_proj": "fp8"}
    assert {name: found for name, found in families(config, 1).items() if ".experts" in name} == {
        "mlp.experts.0.up_proj": "fp4",
        "mlp.experts.0.down_proj": "fp4",
    }
    attention = families(config, 2)
    assert (attention["self_attn.o_proj"], attention["self_attn.q_proj"], attention["self_attn.v_proj"]) == (
        "fp8",
        "",
        "",
    )
