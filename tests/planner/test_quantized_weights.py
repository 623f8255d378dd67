"""What vLLM refuses of quantized weights, by format, release and GPU, and the groups that a degree may not cut."""

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.gpus import gpu_named
from planner.catalog.models import known_model
from planner.defaults import apply_vllm_defaults
from planner.fit import fit
from planner.memory.estimate import estimate_memory
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from planner.request import Fit, FitRequest, FitStatus
from tests.planner.configs import llama

QWEN3_MOE: dict[str, Any] = {
    "model_type": "qwen3_moe",
    "architectures": ["Qwen3MoeForCausalLM"],
    "hidden_size": 2048,
    "num_hidden_layers": 48,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "intermediate_size": 6144,
    "moe_intermediate_size": 768,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "decoder_sparse_step": 1,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
FP8_GROUP = {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float", "strategy": "channel"}}
INT4_GROUP = {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 128}}


def tensors(**described: Any) -> dict[str, Any]:
    """A configuration of compressed-tensors."""
    return {"quant_method": "compressed-tensors", **described}


def result(config: dict[str, Any], gpu: str = "H100", version: str = "0.32", **options: Any) -> Fit:
    """The fit of a configuration on one kind of GPU."""
    degree = options.get("tensor_parallel", 1)
    return fit(
        FitRequest(
            shape=read_architecture(config),
            gpu=gpu_named(gpu),
            gpus=degree,
            max_model_len=2048,
            engine=VllmVersion.of(version),
            **options,
        ),
        advise=False,
    )


def reasons(quantization: dict[str, Any], gpu: str = "H100", version: str = "0.32", **options: Any) -> list[str]:
    """Why a Llama of a billion parameters in that form is refused."""
    return [str(reason) for reason in result(llama(quantization_config=quantization), gpu, version, **options).reasons]


def test_attention_in_fp8_and_experts_in_nvfp4() -> None:
    layers = {
        "model.layers.0.self_attn.q_proj": {"quant_algo": "FP8"},
        "model.layers.0.mlp.experts": {"quant_algo": "NVFP4", "group_size": 16},
    }
    described = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": layers}
    found = result(QWEN3_MOE | {"quantization_config": described | {"ignore": ["lm_head"]}})
    assert found.status is FitStatus.FITS
    assert found.weights_gib == pytest.approx(17.2, abs=0.1)


def test_weights_of_mlx_are_refused() -> None:
    found = result(llama(quantization={"group_size": 64, "bits": 4}))
    assert found.status is FitStatus.REFUSED
    assert "vllm-project/vllm#13283" in str(found.reasons[0])


def test_an_empty_method_is_unknown() -> None:
    described = {"quant_method": "", "producer": {"name": "modelopt"}}
    assert result(llama(quantization_config=described)).status is FitStatus.UNKNOWN


def test_a_file_that_old_releases_do_not_look_for() -> None:
    beside = {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8", "exclude_modules": ["lm_head"]}}
    config = llama(**{"hf_quant_config.json": beside})
    assert "hf_quant_config.json: quantization modelopt, or" in str(result(config, version="0.9.2").reasons[0])
    assert result(config, version="0.9.2", quantization="modelopt").status is FitStatus.FITS
    assert result(config).status is FitStatus.FITS


@pytest.mark.parametrize(
    ("described", "version", "line"),
    [
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "0.27", None),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "0.28", "vLLM 0.28 has no bitsandbytes"),
        (
            {"quant_method": "hqq", "quant_config": {}},
            "0.15",
            "vLLM 0.15 has no hqq: an AWQ, GPTQ or FP8 checkpoint, or vLLM 0.14",
        ),
        ({"quant_method": "bitblas", "bits": 4, "group_size": 128}, "0.15", None),
        ({"quant_method": "bitblas", "bits": 4, "group_size": 128}, "0.16", "vLLM 0.16 has no bitblas"),
        ({"quant_method": "auto-round", "bits": 4, "group_size": 128}, "0.33", None),
        ({"quant_method": "ptpc_fp8"}, "0.34", "vLLM 0.34 has no ptpc_fp8"),
        ({"quant_method": "mxfp8"}, "0.18", "vLLM 0.18 has no mxfp8: vLLM 0.19 or newer"),
        ({"quant_method": "mxfp8"}, "0.20", None),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": True}, "0.29", None),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": True}, "0.30", "order of activations"),
        ({"quant_method": "gptq", "bits": 4, "group_size": -1, "desc_act": True}, "0.30", None),
        ({"quant_method": "gptq", "bits": 3, "group_size": 128}, "0.21", None),
        ({"quant_method": "gptq", "bits": 3, "group_size": 128}, "0.22", "symmetric groups of 4 or 8 bits only"),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128, "sym": False}, "0.32", "symmetric groups of 4 or 8"),
        (
            tensors(
                config_groups={"g": FP8_GROUP}, sparsity_config={"format": "sparse-24-bitmask", "targets": ["Linear"]}
            ),
            "0.21",
            None,
        ),
        (
            tensors(
                config_groups={"g": FP8_GROUP}, sparsity_config={"format": "sparse-24-bitmask", "targets": ["Linear"]}
            ),
            "0.22",
            "2:4 sparsity",
        ),
        ({"quant_method": "exl3", "bits": 4.0}, "0.32", "vLLM does not load ExLlamaV3 weights"),
        ({"quant_method": "modelopt", "quant_algo": "W4A8_AWQ"}, "0.32", "does not read ModelOpt's W4A8_AWQ"),
    ],
)
def test_forms_by_release(described: dict[str, Any], version: str, line: str | None) -> None:
    found = reasons(described, version=version)
    assert (line in found[0]) if line else not found


@pytest.mark.parametrize(
    ("described", "gpu", "version", "line"),
    [
        ({"quant_method": "fp8"}, "T4", "0.32", "FP8 weights want compute capability 8.0, the T4 has 7.5"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "A10G", "0.26", "FP8 weights want compute capability 8.9"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "A10G", "0.27", None),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "L4", "0.8.5", None),
        (
            {"quant_method": "modelopt", "quant_algo": "NVFP4"},
            "H100",
            "0.8.5",
            "NVFP4 weights want compute capability 10.0",
        ),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "A10G", "0.9", None),
        (
            {"quant_method": "modelopt", "quant_algo": "NVFP4"},
            "T4",
            "0.32",
            "NVFP4 weights want compute capability 8.0",
        ),
        ({"quant_method": "mxfp8"}, "H100", "0.19", "MXFP8 weights want compute capability 10.0"),
        ({"quant_method": "mxfp8"}, "A10G", "0.20", None),
        (tensors(config_groups={"g": INT4_GROUP}), "T4", "0.11", "INT4 weights want compute capability 8.0"),
        (tensors(config_groups={"g": INT4_GROUP}), "T4", "0.12", None),
        (
            tensors(config_groups={"g": INT4_GROUP | {"input_activations": {"type": "float", "num_bits": 8}}}),
            "L4",
            "0.32",
            "INT4 weights with FP8 activations run on compute capability 9.0 alone",
        ),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "T4", "0.27", None),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "V100", "0.19", None),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "V100", "0.19", "AWQ and GPTQ kernels want"),
        (
            {"quant_method": "fp_quant", "forward_dtype": "mxfp4"},
            "H100",
            "0.13",
            "MXFP4 weights want compute capability 10",
        ),
    ],
)
def test_forms_by_gpu(described: dict[str, Any], gpu: str, version: str, line: str | None) -> None:
    found = reasons(described, gpu, version)
    assert any(line in reason for reason in found) if line else not found


def test_computing_in_16_bits_is_noted() -> None:
    found = result(llama(quantization_config={"quant_method": "modelopt", "quant_algo": "NVFP4"}))
    assert "the H100 does not compute in FP4: weights stay small, computing is in 16 bits" in found.notes
    deprecated = result(llama(quantization_config={"quant_method": "fbgemm_fp8"}))
    assert any("--allow-deprecated-quantization" in note for note in deprecated.notes)


@pytest.mark.parametrize(
    ("described", "version", "cache"),
    [
        ({"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}, "0.13", 16),
        ({"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}, "0.14", 8),
        (tensors(config_groups={"g": FP8_GROUP}, kv_cache_scheme={"num_bits": 8, "type": "float"}), "0.14", 16),
        (tensors(config_groups={"g": FP8_GROUP}, kv_cache_scheme={"num_bits": 8, "type": "float"}), "0.16", 8),
        (tensors(config_groups={"g": FP8_GROUP}, kv_cache_scheme=None), "0.32", 16),
    ],
)
def test_the_cache_of_the_checkpoint(described: dict[str, Any], version: str, cache: int) -> None:
    config = llama(quantization_config=described)
    auto = result(config, version=version).kv_tokens
    wide = result(config, version=version, kv_cache_dtype="bfloat16").kv_tokens
    assert auto == pytest.approx(wide * 16 / cache, rel=0.01)
    noted = "the KV cache is in FP8: the checkpoint has scales for it, and vLLM follows it"
    assert (noted in result(config, version=version).notes) is (cache == 8)


@pytest.mark.parametrize(
    ("gpu", "version", "size"), [("H200", "0.32", 1152), ("B200", "0.31", 1152), ("B200", "0.32", 576)]
)
def test_glm_5_keeps_its_cache_in_fp8_on_a_b200_since_0_32(gpu: str, version: str, size: int) -> None:
    model = known_model("zai-org/GLM-5-FP8")
    assert model is not None
    request = FitRequest(
        shape=model.shape,
        gpu=gpu_named(gpu),
        gpus=8,
        tensor_parallel=8,
        engine=VllmVersion.of(version),
        max_model_len=8192,
    )
    layout = estimate_memory(apply_vllm_defaults(request)).stage.layout
    assert layout.token_bytes == pytest.approx(len(model.shape.layers) * (size + 132))
    noted = "the KV cache is in FP8: vLLM's choice for this model and GPU"
    assert (noted in fit(request, advise=False).notes) is (size == 576)


def cut(config: dict[str, Any], degree: int, **options: Any) -> list[str]:
    """Reasons that name the degree."""
    found = result(config, tensor_parallel=degree, **options)
    return [str(reason) for reason in found.reasons if "cuts the" in str(reason)]


def test_the_group_of_the_module_that_is_cut() -> None:
    blocks = QWEN3_MOE | {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    assert cut(blocks, 2) == []
    assert "leaves 192 of the inner 768 to each GPU, which cuts the fp8 groups of 128: 1 or 2" in cut(blocks, 4)[0]
    assert cut(blocks, 4, expert_parallel=True) == []
    fine = {"quant_method": "modelopt", "quant_algo": "NVFP4", "ignore": ["lm_head"]}
    assert cut(QWEN3_MOE | {"quantization_config": fine}, 4) == []


def test_experts_that_are_not_quantized_may_be_cut() -> None:
    described = {"quant_method": "fp8", "weight_block_size": [128, 128], "ignored_layers": ["mlp.experts"]}
    assert cut(QWEN3_MOE | {"quantization_config": described}, 4) == []


def test_a_published_model_is_served_at_the_degree_of_its_guide() -> None:
    """vllm-project/recipes has MiMo V2 Flash on 4 H200, whose keys of 768 are 192 on each."""
    known = known_model("XiaomiMiMo/MiMo-V2-Flash")
    assert known is not None
    assert cut(dict(known.config), 4) == []


def test_heads_whose_scales_are_cut() -> None:
    narrow = llama(num_attention_heads=28, hidden_size=28 * 64, num_key_value_heads=4, intermediate_size=8192)
    described = narrow | {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    assert any("of the heads' width 1,792" in line for line in cut(described, 4))
    assert any("of the keys' width 256" in line for line in cut(described, 4, version="0.13"))
    assert not any("of the keys' width 256" in line for line in cut(described, 4, version="0.14"))
    integers = narrow | {"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 64}}
    assert cut(integers, 4) == []


@pytest.mark.parametrize(
    ("method", "version", "refused"),
    [
        ("nvfp4", "0.8.5", ""),
        ("nvfp4", "0.32", "vLLM 0.32 has no nvfp4: an AWQ, GPTQ or FP8 checkpoint, or vLLM 0.8"),
        ("modelopt_fp4", "0.32", ""),
        (
            "fp8_pb_wo",
            "0.32",
            "vLLM has no quant_method fp8_pb_wo: quant_method modelopt in config.json, with quant_algo FP8_PB_WO",
        ),
    ],
)
def test_a_method_that_no_release_has_under_its_name(method: str, version: str, refused: str) -> None:
    shape = read_architecture(llama(quantization_config={"quant_method": method}))
    request = FitRequest(shape=shape, gpu=gpu_named("B200"), engine=VllmVersion.of(version))
    found = [reason for reason in fit(request).reasons if "quant" in reason or "no nvfp4" in reason]
    assert found == ([refused] if refused else [])


@pytest.mark.parametrize(
    ("quantization", "dtype", "gpu", "said"),
    [
        (
            {"quant_method": "awq", "bits": 4, "group_size": 128},
            "float32",
            "T4",
            "awq weights do not go with dtype float32: dtype float16",
        ),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "float", "L4", "dtype bfloat16 or float16"),
        ({"quant_method": "fp8", "activation_scheme": "dynamic"}, "float32", "L4", "dtype bfloat16 or float16"),
        ({"quant_method": "mxfp4"}, "float16", "H100", "mxfp4 weights do not go with dtype float16: dtype bfloat16"),
    ],
)
def test_number_formats_that_a_method_does_not_compute_in(
    quantization: dict[str, Any], dtype: str, gpu: str, said: str
) -> None:
    """vLLM: "torch.float32 is not supported for quantization method awq"."""
    shape = read_architecture(llama(quantization_config=quantization))
    answer = fit(FitRequest(shape=shape, gpu=gpu_named(gpu), max_model_len=2048, dtype=dtype))
    assert any(said in each for each in answer.reasons)
    without = fit(FitRequest(shape=shape, gpu=gpu_named("H100"), max_model_len=2048))
    assert not any("do not go with dtype" in each for each in without.reasons)


def test_quantized_gemma_does_not_start_where_there_is_no_bfloat16() -> None:
    awq = {"quant_method": "awq", "bits": 4, "group_size": 128}
    shape = replace(read_architecture(llama(quantization_config=awq)), architecture="Gemma3ForCausalLM")
    answer = fit(FitRequest(shape=shape, gpu=gpu_named("T4"), max_model_len=2048))
    assert any("float32, which is what auto comes to on the T4: another GPU" in each for each in answer.reasons)


def test_bitsandbytes_computes_in_float32() -> None:
    shape = read_architecture(llama(quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True}))
    request = FitRequest(
        shape=shape, gpu=gpu_named("H100"), max_model_len=2048, dtype="float32", engine=VllmVersion(0, 20)
    )
    assert fit(request).status is FitStatus.FITS
