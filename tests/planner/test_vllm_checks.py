"""Every refusal and every note: what it is about, with numbers and the nearest choice that works."""

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.gpus import GpuMemory, gpu_named, gpu_of
from planner.catalog.instances import instance_type
from planner.fit import Fit, FitRequest, FitStatus, fit
from planner.memory.speculation import Speculation
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of


def ask(model: str = "Qwen/Qwen3-8B", gpu: str | GpuMemory = "H100", **options: Any) -> Fit:
    memory = gpu_named(gpu) if isinstance(gpu, str) else gpu
    return fit(FitRequest(**({"shape": shape_of(model), "gpu": memory, "max_model_len": 8192} | options)))


def on(type_: str, model: str = "Qwen/Qwen3-8B", **options: Any) -> Fit:
    machine = instance_type(type_)
    return ask(model, **({"gpu": gpu_of(machine), "machine": machine, "gpus": machine.gpus} | options))


def reason(answer: Fit, about: str) -> str:
    assert answer.status is FitStatus.REFUSED
    texts = [each.text for each in answer.problems if each.about == about]
    assert len(texts) == 1, answer.problems
    return texts[0]


def noted(answer: Fit, start: str) -> str:
    texts = [note for note in answer.notes if start in note]
    assert len(texts) == 1, answer.notes
    return texts[0]


def test_heads_that_the_degree_does_not_divide() -> None:
    answer = ask("Qwen/Qwen2.5-7B-Instruct", gpus=8, tensor_parallel=8)  # 28 heads
    assert reason(answer, "tensor_parallel") == "tensor_parallel 8 does not divide its 28 attention heads: 1 or 2 or 4"


def test_kv_heads_that_the_degree_does_not_divide() -> None:
    shape = read_architecture(llama(num_attention_heads=30, num_key_value_heads=5, hidden_size=1920))
    answer = ask(shape=shape, gpus=2, tensor_parallel=2)
    assert "does not divide its 5 KV heads" in reason(answer, "tensor_parallel")


def test_more_gpus_than_the_instance_has() -> None:
    assert reason(on("g6e.xlarge", tensor_parallel=2), "gpus").startswith(
        "tensor_parallel 2 is more than g6e.xlarge has 1: tensor_parallel 1"
    )
    both = on("g6e.12xlarge", tensor_parallel=4, pipeline_parallel=2)
    assert "4 x pipeline_parallel 2 = 8 GPUs is more than g6e.12xlarge has 4" in reason(both, "gpus")


def test_more_stages_than_layers() -> None:
    answer = ask(shape=read_architecture(llama(num_hidden_layers=4)), gpus=8, pipeline_parallel=8)
    assert reason(answer, "pipeline_parallel") == "pipeline_parallel 8 is more than its 4 layers: 4"


def test_groups_of_scales_that_the_degree_cuts() -> None:
    answer = ask("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", gpus=8, tensor_parallel=8)
    assert "leaves 192 of the inner 1,536" in reason(answer, "tensor_parallel")
    assert ": 1 or 2 or 4, or expert parallelism" in reason(answer, "tensor_parallel")


def test_bfloat16_on_a_t4() -> None:
    answer = ask("Qwen/Qwen3-0.6B", gpu="T4", dtype="bfloat16")
    assert reason(answer, "dtype") == "the T4 (compute capability 7.5) has no bfloat16: dtype float16"
    assert noted(ask("Qwen/Qwen3-0.6B", gpu="T4"), "computes in float16")


@pytest.mark.parametrize("model", ["google/gemma-3-4b-it", "google/gemma-2-2b-it", "zai-org/GLM-4-9B-0414"])
def test_models_that_do_not_go_in_float16(model: str) -> None:
    """vLLM takes float32 for them where there is no bfloat16, and refuses float16 everywhere (``config/model.py``)."""
    usual, turing = ask(model, max_model_len=4096), ask(model, gpu="T4", max_model_len=4096)
    assert (usual.dtype, turing.dtype) == ("bfloat16", "float32")
    assert turing.per_gpu is not None
    assert usual.per_gpu is not None
    assert turing.per_gpu.weights == pytest.approx(2 * usual.per_gpu.weights, rel=0.02)
    assert noted(turing, "computes in float32").endswith("it takes twice as much")
    assert reason(ask(model, dtype="float16"), "dtype").endswith(" in float16: dtype bfloat16")
    assert reason(ask(model, gpu="T4", dtype="half"), "dtype").endswith(" in float16: dtype float32")


@pytest.mark.parametrize(
    ("kind", "gpu", "comes_to"),
    [
        ("Gemma3ForConditionalGeneration", "T4", "float32"),
        ("Gemma3TextModel", "T4", "float32"),
        ("Gemma2ForSequenceClassification", "T4", "float32"),
        ("Gemma2ForCausalLM", "L4", "bfloat16"),
        ("PaliGemmaForConditionalGeneration", "T4", "float16"),
        ("Gemma3nForConditionalGeneration", "T4", "float16"),
        ("Glm4MoeForCausalLM", "T4", "float16"),
        ("LlamaForCausalLM", "L4", "float16"),
    ],
)
def test_what_auto_comes_to_of_weights_in_float16(kind: str, gpu: str, comes_to: str) -> None:
    shape = replace(read_architecture(llama()), architecture=kind, dtype="float16")
    assert ask(shape=shape, gpu=gpu).dtype == comes_to


@pytest.mark.parametrize("gpu", ["T4", "V100"])
def test_an_fp8_cache_on_an_old_gpu(gpu: str) -> None:
    answer = ask("Qwen/Qwen3-0.6B", gpu=gpu, kv_cache_dtype="fp8", engine=VllmVersion(0, 18))
    assert "has no FP8 KV cache: kv_cache_dtype auto" in reason(answer, "kv_cache_dtype")


@pytest.mark.parametrize("quantization", ["fp8", None])
def test_e5m2_is_not_for_weights_in_fp8(quantization: str | None) -> None:
    answer = ask(quantization=quantization, kv_cache_dtype="fp8_e5m2")
    if quantization is None:
        assert answer.status is FitStatus.FITS
    else:
        assert reason(answer, "kv_cache_dtype") == "fp8_e5m2 is not for weights in FP8: kv_cache_dtype fp8"


@pytest.mark.parametrize(
    ("model", "options", "what"),
    [
        ("Qwen/Qwen3-0.6B", {"quantization": "fp8"}, "FP8 weights want compute capability 8.0, the T4 has 7.5"),
        ("openai/gpt-oss-20b", {}, "MXFP4 weights want compute capability 8.0"),
    ],
)
def test_weights_an_old_gpu_cannot_load(model: str, options: dict[str, Any], what: str) -> None:
    assert what in reason(ask(model, gpu="T4", **options), "quantization")


def test_awq_on_a_v100() -> None:
    answer = ask("Qwen/Qwen3-8B-AWQ", gpu="V100", engine=VllmVersion(0, 18))
    assert "AWQ and GPTQ kernels want compute capability 7.5, the V100 has 7.0: 16 bits" in reason(
        answer, "quantization"
    )


def test_weights_in_8_bits_on_a_gpu_that_computes_in_16() -> None:
    assert noted(ask(gpu="A10G", quantization="fp8", max_model_len=1024), "does not compute in FP8")


@pytest.mark.parametrize(
    ("gpu", "engine", "refusals"),
    [
        ("A100 80GB", VllmVersion(0, 32), 1),
        ("L40S", VllmVersion(0, 33), 1),
        ("H100", VllmVersion(0, 32), 0),
        ("B200", VllmVersion(0, 20, 2), 0),
        ("RTX PRO Server 6000", VllmVersion(0, 20, 2), 1),
        ("RTX PRO Server 6000", VllmVersion(0, 32), 0),
    ],
)
def test_sparse_attention_has_kernels_for_hopper_and_blackwell(gpu: str, engine: VllmVersion, refusals: int) -> None:
    answer = ask("deepseek-ai/DeepSeek-V3.2", gpu, gpus=8, tensor_parallel=8, engine=engine)
    found = [each for each in answer.reasons if "no sparse attention" in each]
    assert len(found) == refusals
    dense = ask("deepseek-ai/DeepSeek-V3.1", gpu, gpus=8, tensor_parallel=8, engine=engine)
    assert not any("no sparse attention" in each for each in dense.reasons)


def test_a_v100_with_a_current_image() -> None:
    answer = ask("Qwen/Qwen3-0.6B", gpu="V100")
    assert "no kernels for the V100 (compute capability 7.0): vLLM 0.8, or 0.10.2 to 0.19, or" in reason(
        answer, "engine"
    )
    assert ask("Qwen/Qwen3-0.6B", gpu="V100", engine=VllmVersion(0, 19)).fits


@pytest.mark.parametrize("engine", [VllmVersion(0, 9), VllmVersion(0, 9, 2), VllmVersion(0, 10, 1), VllmVersion(0, 20)])
def test_a_v100_with_images_whose_pytorch_is_not_built_for_it(engine: VllmVersion) -> None:
    assert "have no kernels for the V100" in reason(ask("Qwen/Qwen3-0.6B", gpu="V100", engine=engine), "engine")


def test_a_gpu_newer_than_the_images() -> None:
    answer = ask("Qwen/Qwen3-0.6B", gpu="B200", engine=VllmVersion(0, 8, 5))
    assert "no kernels for the B200 (compute capability 10.0): vLLM 0.9 or newer, or" in reason(answer, "engine")


def test_a_gpu_older_than_any_kernel() -> None:
    answer = ask("Qwen/Qwen3-0.6B", gpu=replace(gpu_named("V100"), name="P100", capability=6.0))
    assert "have no kernels for the P100 (compute capability 6.0): 7.5 or newer" in reason(answer, "engine")


def test_a_length_beyond_the_models_own() -> None:
    answer = ask(max_model_len=50_000)
    assert "50,000 is beyond the model's own 40,960: 40,960, or rope scaling" in reason(answer, "max_model_len")
    assert "VLLM_ALLOW_LONG_MAX_MODEL_LEN" in reason(answer, "max_model_len")


def test_fewer_batched_tokens_than_requests() -> None:
    answer = ask(max_num_seqs=512, max_num_batched_tokens=256)
    assert "256 is less than max_num_seqs 512: max_num_seqs 256" in reason(answer, "max_num_batched_tokens")


def test_more_than_is_free_at_startup() -> None:
    answer = ask(utilization=0.999)
    assert "utilization 0.999 of 79.18 GiB is more than what is free at start-up" in reason(answer, "utilization")
    assert ask(utilization=0.98).fits


def test_main_memory_too_small_to_load() -> None:
    answer = on("g5.xlarge", "Qwen/Qwen3-4B", offload_gib=14.0)
    assert "1 of the GPUs of g5.xlarge may take 12 GiB of main memory, and 1 workers need about 22" in reason(
        answer, "machine"
    )
    assert reason(answer, "machine").endswith("take a larger size of g5, such as g5.2xlarge")
    hub = on("g5.xlarge", "Qwen/Qwen3-4B", offload_gib=14.0, from_bucket=False)
    assert "need about 20 to load and offload: take a larger size of g5, such as g5.2xlarge" in reason(hub, "machine")


def test_buffers_for_weights_from_the_bucket_count_as_main_memory() -> None:
    shape = shape_of("google/gemma-3-27b-it")
    half = replace(instance_type("g6e.xlarge"), memory_gib=16)
    tight = on("g6e.xlarge", machine=half, shape=shape, quantization="fp8")
    assert "2.6 of it buffers for weights from the bucket: take a larger size of g6e, such as g6e.xlarge" in reason(
        tight, "machine"
    )
    assert tight.host
    assert tight.host.needed > tight.host.pod
    assert on("g6e.xlarge", machine=half, shape=shape, quantization="fp8", from_bucket=False).fits
    assert on("g6e.xlarge", shape=shape, quantization="fp8").fits


def test_no_room_to_share_the_reading_is_noted() -> None:
    assert noted(
        on("g5.48xlarge", "meta-llama/Llama-3.1-70B-Instruct", tensor_parallel=8), "from the bucket each reads all"
    )
    assert not [
        note
        for note in on("g5.48xlarge", "meta-llama/Llama-3.1-70B-Instruct", tensor_parallel=8, from_bucket=False).notes
        if "reads all" in note
    ]


@pytest.mark.parametrize("method", ["awq", "gptq_marlin", "modelopt_fp4"])
def test_a_method_that_needs_other_weights(method: str) -> None:
    assert f"{method} needs weights that are quantized so already" in reason(ask(quantization=method), "quantization")


def test_a_method_other_than_the_weights() -> None:
    answer = ask("Qwen/Qwen3-8B-AWQ", quantization="fp8")
    assert "fp8 does not match the weights, which are quantized with awq" in reason(answer, "quantization")
    assert ask("Qwen/Qwen3-8B-AWQ", quantization="awq_marlin").fits


def test_notes_of_replicated_caches() -> None:
    answer = ask("Qwen/Qwen2.5-7B-Instruct", gpus=4, tensor_parallel=4)
    assert "does not shrink beyond tensor_parallel 4" in "".join(answer.notes) or not answer.notes
    wide = ask(shape=read_architecture(llama()), gpus=16, tensor_parallel=16)
    assert noted(wide, "8 KV heads on 16 GPUs")
    latent = ask("deepseek-ai/DeepSeek-V2-Lite-Chat", gpus=2, tensor_parallel=2)
    assert noted(latent, "every GPU keeps the whole KV cache")


@pytest.mark.parametrize(
    ("type_", "quota"),
    [("g6e.xlarge", 'G and VT instances" (L-DB2E81BA)'), ("p5.48xlarge", 'P instances" (L-417A185B)')],
)
def test_the_quota_is_named(type_: str, quota: str) -> None:
    assert quota in noted(on(type_), "vCPUs against the quota")


def test_weights_larger_than_main_memory_are_noted() -> None:
    hub = on("g5.xlarge", gpu=gpu_named("A10G", 80.0), from_bucket=False)
    assert noted(hub, "they load, but are read from the disk at every start")
    bucket = on("g5.xlarge", gpu=gpu_named("A10G", 80.0))
    assert not [note for note in bucket.notes if "every start" in note], "streamed, so never cached"


def test_a_gpu_whose_memory_was_not_measured_is_noted() -> None:
    unmeasured = replace(gpu_named("H100"), measured=False)
    assert noted(ask(gpu=unmeasured), "derived from EC2's figure: give --visible-gib")


def test_an_unknown_type_is_noted_and_its_range_is_wider() -> None:
    known, unknown = (
        read_architecture(llama(model_type=kind, hidden_act="silu", tie_word_embeddings=False))
        for kind in ("llama", "brandnew")
    )
    assert noted(ask(shape=unknown), "model_type brandnew is not one the planner knows: treated as a Llama-like")
    low, high = ask(shape=unknown).kv_tokens_range
    known_low, known_high = ask(shape=known).kv_tokens_range
    assert high - low > known_high - known_low


def test_multi_token_prediction_without_its_layers_is_refused() -> None:
    # Kimi K2.5 states num_nextn_predict_layers 0, DeepSeek V3 states 1.
    speculation = Speculation(method="mtp", tokens=1)
    answer = ask("moonshotai/Kimi-K2.5", "B200", gpus=8, tensor_parallel=8, speculation=speculation)
    assert "has no layers for method mtp" in reason(answer, "speculative_config")
    drafted = ask("deepseek-ai/DeepSeek-V3", "B200", gpus=8, tensor_parallel=8, speculation=speculation)
    assert drafted.status is FitStatus.FITS
    plain = ask("moonshotai/Kimi-K2.5", "B200", gpus=8, tensor_parallel=8)
    assert plain.status is FitStatus.UNKNOWN  # of its vision tower


@pytest.mark.parametrize(
    ("keys", "refused"),
    [
        ({"max_window_layers": 8}, True),
        ({"layer_types": ["full_attention"] * 8 + ["sliding_attention"] * 8}, True),
        ({"max_window_layers": 16}, False),
        ({"max_window_layers": 0}, False),
        ({"max_window_layers": 8, "use_sliding_window": False}, False),
    ],
)
@pytest.mark.parametrize("model_type", ["qwen2", "qwen3"])
def test_a_qwen_with_windows_in_some_layers_is_refused(model_type: str, keys: dict[str, Any], *, refused: bool) -> None:
    shape = read_architecture(
        llama(**{"model_type": model_type, "sliding_window": 4096, "use_sliding_window": True} | keys)
    )
    answer = ask(shape=shape)
    assert (answer.status is FitStatus.REFUSED) is refused
    if refused:
        assert "use_sliding_window false" in reason(answer, "engine")
