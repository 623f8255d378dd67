"""The verdict, its reasons and its cures."""

import re
from typing import Any

import pytest

from planner.catalog.gpus import GpuMemory, gpu_named, gpu_of
from planner.catalog.instances import instance_type
from planner.fit import Fit, FitRequest, FitStatus, fit
from planner.memory.vllm_version import VllmVersion
from planner.model.reading import read_architecture
from tests.planner.configs import llama, shape_of
from tests.planner.model import published, test_mixer_weights


def ask(model: str, gpu: str | GpuMemory, **options: Any) -> Fit:
    memory = gpu_named(gpu) if isinstance(gpu, str) else gpu
    return fit(FitRequest(**({"shape": shape_of(model), "gpu": memory} | options)))


def test_the_parts_add_up_to_the_budget() -> None:
    answer = ask("meta-llama/Llama-3.1-8B-Instruct", "H100", max_model_len=8192)
    memory = answer.per_gpu
    inside = memory.weights + memory.activation + memory.non_torch + memory.cuda_graphs + memory.kv
    assert inside == pytest.approx(0.9 * memory.visible)
    old = ask("meta-llama/Llama-3.1-8B-Instruct", "H100", max_model_len=8192, engine=VllmVersion(0, 15)).per_gpu
    assert old.weights + old.activation + old.non_torch + old.kv == pytest.approx(0.9 * old.visible)


def test_kv_tokens_are_the_memory_by_the_bytes_of_a_token() -> None:
    answer = ask("meta-llama/Llama-3.1-8B-Instruct", "H100", max_model_len=8192)
    assert answer.kv_tokens == pytest.approx(answer.per_gpu.kv * 1024**3 / 131072, rel=1e-3)
    assert answer.concurrent_requests == pytest.approx(answer.kv_tokens / 8192, rel=1e-3)
    low, high = answer.kv_tokens_range
    assert low < answer.kv_tokens < high


def test_a_model_far_too_large_is_refused_with_what_would_do() -> None:
    machine = instance_type("g5.2xlarge")
    answer = ask("meta-llama/Llama-3.1-70B-Instruct", gpu_of(machine), machine=machine, max_model_len=8192)
    assert answer.status is FitStatus.REFUSED
    assert "leave nothing of 19.9 GiB for the KV cache: a " in answer.reasons[0]
    cure = re.search(r"a ([\w.]+) with tensor_parallel (\d)", answer.reasons[0])
    assert cure
    other = instance_type(cure[1])
    cured = ask(
        "meta-llama/Llama-3.1-70B-Instruct",
        gpu_of(other),
        machine=other,
        gpus=other.gpus,
        tensor_parallel=int(cure[2]),
        max_model_len=8192,
    )
    assert cured.fits


def test_a_request_too_long_is_refused_with_the_length_that_fits() -> None:
    answer = ask("Qwen/Qwen3-8B", "L4", max_model_len=40_960)
    assert answer.status is FitStatus.REFUSED
    cure = re.search(r": max_model_len ([\d,]+)", answer.reasons[0])
    assert cure
    length = int(cure[1].replace(",", ""))
    assert ask("Qwen/Qwen3-8B", "L4", max_model_len=length).fits
    assert length <= answer.max_request_tokens


def test_more_gpus_of_a_kind_are_a_cure_where_no_machine_is_named() -> None:
    answer = ask("Qwen/Qwen3-32B", "L40S", max_model_len=8192)
    assert "tensor_parallel 2 on 2 GPUs" in answer.reasons[0]
    assert ask("Qwen/Qwen3-32B", "L40S", gpus=2, tensor_parallel=2, max_model_len=8192).fits


def test_a_close_call_is_unknown_and_says_how_close() -> None:
    verdicts = {length: ask("Qwen/Qwen3-8B", "L4", max_model_len=length) for length in range(8_000, 40_000, 500)}
    order = [answer.status for answer in verdicts.values()]
    assert order == sorted(order, key=[FitStatus.FITS, FitStatus.UNKNOWN, FitStatus.REFUSED].index)
    close = next(answer for answer in verdicts.values() if answer.status is FitStatus.UNKNOWN)
    assert close.reasons[0].startswith("too close to call: one request of ")
    assert "give or take" in close.reasons[0]
    assert not close.fits


def test_requests_wanted_at_once_count() -> None:
    few = ask("Qwen/Qwen3-8B", "L40S", max_model_len=16_384, concurrency=4)
    many = ask("Qwen/Qwen3-8B", "L40S", max_model_len=16_384, concurrency=64)
    assert few.fits
    assert many.status is FitStatus.REFUSED
    assert many.reasons[0].startswith("64 requests of 16,384 tokens need 144.0 GiB")


def test_nothing_at_all_works() -> None:
    answer = ask("deepseek-ai/DeepSeek-V3", "RTX 3090", max_model_len=131_072)
    assert answer.reasons[-1].endswith(": a smaller model, or larger GPUs")


def of_shape(config: dict[str, Any], gpu: str = "H100", **options: Any) -> Fit:
    return fit(FitRequest(shape=read_architecture(config), gpu=gpu_named(gpu), **options))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"model_type": "rwkv"}, "recurrent layers"),
        ({"model_type": "deepseek_v4", "index_topk": 2048}, "compressed attention"),
        ({"quantization_config": {"quant_method": "quip"}}, "quip"),
        ({"model_type": "brandnew", "moe_expert_count": 64}, "moe_expert_count"),
        ({"model_type": "brandnew", "router": {"hidden_size": 64}}, "the keys router"),
        ({"audio_config": {"hidden_size": 64, "num_layers": 2}}, "an audio encoder"),
    ],
)
def test_what_it_cannot_compute_is_unknown_without_any_figure(changes: dict[str, Any], name: str) -> None:
    answer = of_shape(llama(**changes), max_model_len=8192)
    assert answer.status is FitStatus.UNKNOWN
    assert name in answer.reasons[0]
    assert answer.reasons[0].startswith("not computed: ")
    found = answer.as_json()
    assert {found[key] for key in ("per_gpu", "kv_tokens", "max_request_tokens", "weights_gib")} == {None}


DEEPSEEK_V4 = test_mixer_weights.DEEPSEEK_V4 | {
    "compress_ratios": [0, 0, *[4, 128] * 20, 4, 0],
    "num_nextn_predict_layers": 1,
    "expert_dtype": "fp4",
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128], "scale_fmt": "ue8m0"},
}


def test_a_request_of_compressed_attention_is_computed_though_the_rest_is_not() -> None:
    answer = of_shape(DEEPSEEK_V4, "H200", tensor_parallel=4, gpus=4, max_model_len=131_072)
    assert answer.status is FitStatus.UNKNOWN
    assert "keep while profiling" in answer.reasons[0]
    # 7,194 blocks of 1,002,240 bytes, and one that is vLLM's own.
    assert any(
        "6.72 GiB of KV cache a GPU for one request of 131,072 tokens, of which 3,915" in each for each in answer.notes
    )
    assert answer.kv_tokens is None


def test_weights_and_one_request_refuse_whatever_the_rest_takes() -> None:
    options: dict[str, Any] = {
        "tensor_parallel": 2,
        "gpus": 2,
        "max_model_len": 1_048_576,
        "max_num_batched_tokens": 16_384,
    }
    answer = of_shape(DEEPSEEK_V4, "RTX PRO 6000", **options)
    assert answer.status is FitStatus.REFUSED
    assert "GiB of KV cache a GPU for one request of 1,048,576 tokens are more than the budget" in answer.reasons[0]
    older = of_shape(DEEPSEEK_V4, "RTX PRO 6000", **options, engine=VllmVersion(0, 28))
    assert older.status is FitStatus.UNKNOWN
    assert any("0.28: the planner knows it from 0.29" in each for each in older.reasons)


def test_what_it_cannot_compute_is_refused_by_what_does_not_hang_on_it() -> None:
    answer = of_shape(llama(model_type="zamba2"), tensor_parallel=4, gpus=2)
    assert answer.status is FitStatus.REFUSED
    assert [problem.about for problem in answer.problems] == ["gpus"]
    assert not any("not computed" in reason for reason in answer.reasons)
    # Heads that the degree does not divide may be read wrongly: they refuse nothing.
    odd = llama(model_type="zamba2", num_attention_heads=30, num_key_value_heads=6)
    assert of_shape(odd, tensor_parallel=4, gpus=4).status is FitStatus.UNKNOWN


def test_the_size_of_the_files_refuses_what_cannot_be_computed() -> None:
    beyond = llama(model_type="zamba2")
    heavy = of_shape(beyond, "L4", stored_bytes=40 * 1024**3)
    assert heavy.status is FitStatus.REFUSED
    assert heavy.reasons[0].startswith("the model's files have 40.0 GiB a GPU")
    assert heavy.weights_gib == 40
    assert of_shape(beyond, "L4", stored_bytes=10 * 1024**3).status is FitStatus.UNKNOWN
    assert of_shape(beyond, "L4", stored_bytes=40 * 1024**3, tensor_parallel=4, gpus=4).status is FitStatus.UNKNOWN


def test_weights_are_shown_of_a_model_whose_tower_is_not_profiled() -> None:
    tower = {"hidden_size": 1280, "num_hidden_layers": 8}
    vision = {"model_type": "brandnew", "text_config": llama(), "vision_config": tower}
    answer = of_shape(vision)
    assert answer.status is FitStatus.UNKNOWN
    assert answer.per_gpu
    assert answer.weights_gib == pytest.approx(2.8, abs=0.3)
    assert (answer.per_gpu.kv, answer.per_gpu.activation, answer.kv_tokens) == (None, None, None)
    large = llama(num_hidden_layers=80, hidden_size=8192, intermediate_size=28672, num_attention_heads=64)
    refused = of_shape({**vision, "text_config": large}, "L4")
    assert refused.status is FitStatus.REFUSED
    assert not any("not computed" in reason for reason in refused.reasons)


@pytest.mark.parametrize("config", [published.NOMIC, published.BGE_M3, published.MODERNBERT])
def test_an_encoder_has_no_kv_cache(config: dict[str, Any]) -> None:
    answer = of_shape(config, "T4")
    assert answer.fits
    assert "no KV cache (encoder)" in answer.notes
    assert (answer.kv_tokens, answer.kv_tokens_range, answer.concurrent_requests) == (None, None, None)
    assert answer.per_gpu
    assert answer.per_gpu.kv is None


@pytest.mark.parametrize(
    ("config", "options", "status", "words"),
    [
        (published.ERNIE_21B, {"gpu": "A10G", "max_model_len": 32768}, FitStatus.REFUSED, "weights 40.7"),
        (published.LONGCAT, {"gpu": "A10G", "max_model_len": 32768}, FitStatus.REFUSED, "weights 10"),
        (published.CHATGLM3, {"gpu": "A10G", "max_model_len": 32768}, FitStatus.FITS, ""),
        (
            published.APERTUS_70B,
            {"gpu": "H100", "tensor_parallel": 4, "max_model_len": 8192},
            FitStatus.FITS,
            "",
        ),
        (
            published.APERTUS_70B,
            {"gpu": "H100", "tensor_parallel": 2, "max_model_len": 8192},
            FitStatus.UNKNOWN,
            "too close to call",
        ),
        (published.NEMOTRON_8B, {"gpu": "A10G", "max_model_len": 4096}, FitStatus.FITS, ""),
        (published.FALCON_40B, {"gpu": "A100", "tensor_parallel": 2, "max_model_len": 2048}, FitStatus.FITS, ""),
        (published.QWEN_14B, {"gpu": "A100", "max_model_len": 4096}, FitStatus.REFUSED, "the model's own 2,048"),
        (
            published.BAICHUAN2_13B,
            {"gpu": "A100", "max_model_len": 4096, "engine": VllmVersion(0, 24)},
            FitStatus.FITS,
            "",
        ),
        (published.BAICHUAN2_13B, {"gpu": "A100", "max_model_len": 4096}, FitStatus.REFUSED, "any more: vLLM 0.24"),
        (published.NEMOTRON_NANO, {"gpu": "H100", "max_model_len": 262144, "max_num_seqs": 64}, FitStatus.FITS, ""),
        (published.HUNYUAN_A13B, {"gpu": "H100", "tensor_parallel": 4, "max_model_len": 32768}, FitStatus.FITS, ""),
        (published.PHI_4_MM, {"gpu": "A10G", "tensor_parallel": 4}, FitStatus.UNKNOWN, "embd_layer"),
    ],
)
def test_published_models(config: dict[str, Any], options: dict[str, Any], status: FitStatus, words: str) -> None:
    answer = of_shape(config, **{"gpus": options.get("tensor_parallel", 1), **options})
    assert (answer.status, words in " ".join(answer.reasons)) == (status, True)


def test_fewer_requests_at_once_where_their_states_do_not_fit() -> None:
    answer = of_shape(published.NEMOTRON_NANO, max_model_len=262_144)
    assert answer.status is FitStatus.REFUSED
    found = re.search(r"GiB a GPU, [\d.]+ are left: max_num_seqs (\d+)", answer.reasons[0])
    assert found
    assert of_shape(published.NEMOTRON_NANO, max_model_len=262_144, max_num_seqs=int(found[1])).fits


def test_a_70b_in_16_bits_is_too_close_to_call_on_two_h100() -> None:
    """In FP8 at this degree vLLM 0.19 took 1.96 GiB for activations, 2.10 beside PyTorch and 1.82 for graphs on each GPU.

    https://github.com/jgchn/llm-d-planner/blob/30ec05f7cab43782bdfa4f529aef70e06ff9f149/accuracy/results/v0.19.0/results_raw.csv:
    beside 65.7 GiB of weights in 16 bits, without the graphs 1.5 of 71.3 are left, with them nothing; a request needs 1.3.
    """
    model, options = "meta-llama/Llama-3.1-70B-Instruct", {"gpus": 2, "tensor_parallel": 2, "max_model_len": 8192}
    assert ask(model, "H100", engine=VllmVersion(0, 19), **options).status is FitStatus.UNKNOWN
    answer = ask(model, "H100", engine=VllmVersion(0, 32), **options)
    assert answer.status is FitStatus.UNKNOWN
    assert "tensor_parallel 4 on 4 GPUs" in answer.reasons[0]
    assert ask(model, "H100", **(options | {"gpus": 4, "tensor_parallel": 4})).fits


def test_lengths_are_those_of_the_release() -> None:
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    config = llama(rope_scaling=yarn, max_position_embeddings=32768)
    assert of_shape(config, max_model_len=65536, engine=VllmVersion(0, 29)).fits
    assert of_shape(config, max_model_len=65536, engine=VllmVersion(0, 30)).status is FitStatus.REFUSED
    assert of_shape(published.PHI_35, engine=VllmVersion(0, 32)).max_model_len == 4096
    assert of_shape(published.PHI_35, engine=VllmVersion(0, 10)).max_model_len == 131_072
    unstated = llama(max_position_embeddings=None, model_type="baichuan")
    assert of_shape(unstated).max_model_len == 2048
    assert of_shape(unstated, max_model_len=16384).fits


def test_an_engine_older_than_v1_is_unknown() -> None:
    answer = ask("Qwen/Qwen3-8B", "H100", max_model_len=8192, engine=VllmVersion(0, 6))
    assert answer.status is FitStatus.UNKNOWN
    assert answer.reasons == ("not computed: vLLM 0.6 has the V0 engine; the planner knows 0.8 and newer",)


def test_an_engine_newer_than_it_speaks_for_is_noted() -> None:
    answer = ask("Qwen/Qwen3-8B", "H100", max_model_len=8192, engine=VllmVersion(0, 40))
    assert answer.fits
    assert any("vLLM 0.40 is newer than 0.32" in note for note in answer.notes)
    assert not any("newer" in note for note in ask("Qwen/Qwen3-8B", "H100", engine=VllmVersion(0, 32, 1)).notes)


def test_graphs_beyond_the_budget_are_noted() -> None:
    answer = ask("Qwen/Qwen3-8B", "L4", max_model_len=4096, utilization=0.98, engine=VllmVersion(0, 12))
    assert any("CUDA graphs of about" in note for note in answer.notes)


def test_without_advice_the_reason_has_no_search_behind_it() -> None:
    request = FitRequest(shape=shape_of("Qwen/Qwen3-32B"), gpu=gpu_named("L4"), max_model_len=8192)
    assert fit(request, advise=False).reasons[0].endswith(": a smaller model, or larger GPUs")
    assert fit(request).status is fit(request, advise=False).status


@pytest.mark.parametrize(("kind", "status"), [("llava", FitStatus.REFUSED), ("brandnew", FitStatus.UNKNOWN)])
def test_an_estimated_tower_refuses_nothing(kind: str, status: FitStatus) -> None:
    """A language model that just fits, and a tower that would be too much: of a known kind it decides, of another not."""
    tower = {
        "model_type": "clip_vision_model",
        "hidden_size": 4096,
        "num_hidden_layers": 48,
        "intermediate_size": 16384,
    }
    config = {"model_type": kind, "architectures": ["LlavaForConditionalGeneration"], "vision_config": tower}
    text = llama(num_hidden_layers=32, hidden_size=4096, intermediate_size=8192, num_attention_heads=32)
    answer = of_shape({**config, "text_config": text}, "L4", max_model_len=2048)
    assert answer.status is status
    if status is FitStatus.UNKNOWN:
        assert answer.reasons == ("not computed: the profiling run of its vision encoder, whose weights are estimated",)


def test_latent_attention_below_ampere_is_not_called_fitting() -> None:
    """vllm-project/vllm#14016: "FlashAttention only supports Ampere GPUs or newer"."""
    options: dict[str, Any] = {"tensor_parallel": 4, "gpus": 4, "max_model_len": 4096}
    answer = ask("deepseek-ai/DeepSeek-V2-Lite-Chat", "T4", **options)
    assert answer.status is FitStatus.UNKNOWN
    assert "latent attention on the T4" in answer.reasons[0]
    assert answer.kv_tokens is None
    assert ask("deepseek-ai/DeepSeek-V2-Lite-Chat", "L4", **options).status is FitStatus.FITS
