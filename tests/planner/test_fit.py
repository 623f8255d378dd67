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


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"model_type": "mamba2"}, "state-space layers"),
        ({"model_type": "deepseek_v32", "index_topk": 2048}, "sparse attention"),
        ({"quantization_config": {"quant_method": "quip"}}, "quip"),
    ],
)
def test_what_it_cannot_compute_is_unknown_with_a_wide_range(changes: dict[str, Any], name: str) -> None:
    answer = ask("Qwen/Qwen3-8B", "H100", shape=read_architecture(llama(**changes)), max_model_len=8192)
    plain = ask("Qwen/Qwen3-8B", "H100", shape=read_architecture(llama()), max_model_len=8192)
    assert answer.status is FitStatus.UNKNOWN
    assert name in answer.reasons[0]
    assert answer.reasons[0].startswith("not computed: ")
    low, high = answer.kv_tokens_range
    assert high - low > 3 * (plain.kv_tokens_range[1] - plain.kv_tokens_range[0])


def test_what_it_cannot_compute_is_still_refused_when_the_weights_alone_are_too_much() -> None:
    shape = read_architecture(
        llama(model_type="jamba", num_hidden_layers=200, hidden_size=8192, intermediate_size=65536)
    )
    assert ask("Qwen/Qwen3-8B", "L4", shape=shape, max_model_len=8192).status is FitStatus.REFUSED


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
