"""Options of vllm serve as fields of a request."""

import pytest

from planner.catalog.gpus import gpu_named
from planner.catalog.models import known_model
from planner.fit import FitRequest, FitStatus, fit
from planner.model.architecture import ModelArchitecture
from planner.serve_arguments import ArgumentError, memory_fields
from tests.planner.configs import shape_of


def find(name: str) -> ModelArchitecture | None:
    known = known_model(name)
    return known.shape if known else None


def ask(model: str, gpu: str, arguments: dict[str, object], **options: object):  # type: ignore[no-untyped-def]
    fields = memory_fields(arguments, find=find, target=model)
    request = FitRequest(shape=shape_of(model), gpu=gpu_named(gpu), max_model_len=8192, **options, **fields)  # type: ignore[arg-type]
    return fit(request, advise=False)


def test_nothing_given_changes_nothing() -> None:
    assert ask("Qwen/Qwen3-8B", "L40S", {}) == fit(
        FitRequest(shape=shape_of("Qwen/Qwen3-8B"), gpu=gpu_named("L40S"), max_model_len=8192), advise=False
    )


def test_adapters_take_memory() -> None:
    plain = ask("Qwen/Qwen3-8B", "L40S", {})
    lora = ask("Qwen/Qwen3-8B", "L40S", {"enable-lora": True, "max-loras": 8, "max-lora-rank": 64})
    assert lora.per_gpu.weights - plain.per_gpu.weights == pytest.approx(8 * (0.325 + 2 * 0.0186), rel=0.01)
    assert ask("Qwen/Qwen3-8B", "L40S", {"max-loras": 8}) == plain


def test_a_draft_model_takes_weights_and_cache() -> None:
    plain = ask("Qwen/Qwen3-8B", "L40S", {})
    config = '{"model": "Qwen/Qwen3-0.6B", "num_speculative_tokens": 3}'
    drafted = ask("Qwen/Qwen3-8B", "L40S", {"speculative-config": config})
    assert drafted.per_gpu.weights - plain.per_gpu.weights == pytest.approx(1.12, abs=0.3)
    assert drafted.kv_tokens < 0.7 * plain.kv_tokens


@pytest.mark.parametrize(
    "config",
    [
        {"method": "eagle3", "model": "example/unheard-of", "num_speculative_tokens": 3},
        {"method": "medusa", "model": "example/medusa", "num_speculative_tokens": 3},
        {"model": "example/unheard-of", "num_speculative_tokens": 3},
    ],
)
def test_a_draft_that_is_not_known_is_unknown(config: dict[str, object]) -> None:
    found = ask("Qwen/Qwen3-8B", "L40S", {"speculative-config": config})
    assert found.status is FitStatus.UNKNOWN
    assert "draft" in found.reasons[0] or "speculative" in found.reasons[0]


def test_keys_of_an_object_may_be_options() -> None:
    fields = memory_fields(
        {"speculative-config.method": "ngram", "speculative-config.num_speculative_tokens": 4}, find=find
    )
    assert (fields["speculation"].method, fields["speculation"].tokens) == ("ngram", 4)


def test_expert_parallelism_deals_whole_experts() -> None:
    name = "Qwen/Qwen3-235B-A22B-Instruct-2507-FP8"
    split = ask(name, "H200", {}, tensor_parallel=8, gpus=8)
    whole = ask(name, "H200", {"enable-expert-parallel": True}, tensor_parallel=8, gpus=8)
    assert split.status is FitStatus.REFUSED, "192 of the inner 1,536 are not a multiple of 128"
    assert whole.status is FitStatus.FITS
    assert whole.per_gpu.weights == pytest.approx(split.per_gpu.weights, rel=0.01)


def test_data_parallel_copies_share_experts_only() -> None:
    name = "Qwen/Qwen3-30B-A3B"
    arguments = {"data-parallel-size": 4, "enable-expert-parallel": True}
    copies = ask(name, "H100", arguments, gpus=4)
    split = ask(name, "H100", {}, tensor_parallel=4, gpus=4)
    assert copies.per_gpu.weights > split.per_gpu.weights
    assert copies.per_gpu.weights < 0.35 * ask(name, "H100", {}).per_gpu.weights
    assert ask(name, "H100", arguments, gpus=2).status is FitStatus.REFUSED


def test_redundant_experts_take_memory() -> None:
    name = "Qwen/Qwen3-30B-A3B"
    plain = {"data-parallel-size": 4, "enable-expert-parallel": True}
    more = ask(name, "H100", plain | {"eplb-config": {"num_redundant_experts": 16}}, gpus=4)
    assert more.per_gpu.weights > ask(name, "H100", plain, gpus=4).per_gpu.weights * 1.1


def test_a_size_of_the_cache_that_was_given() -> None:
    found = ask("Qwen/Qwen3-8B", "L40S", {"kv-cache-memory-bytes": "8G"})
    assert found.per_gpu.kv == pytest.approx(8.0)
    assert found.status is FitStatus.FITS
    beyond = ask("Qwen/Qwen3-8B", "L40S", {"kv-cache-memory-bytes": "40G"})
    assert beyond.status is FitStatus.REFUSED
    assert "given" in beyond.reasons[0]
    short = ask("Qwen/Qwen3-8B", "L40S", {"kv-cache-memory-bytes": "512M"})
    assert short.status is FitStatus.REFUSED


def test_blocks_that_were_given() -> None:
    assert ask("Qwen/Qwen3-8B", "L40S", {"num-gpu-blocks-override": 1024}).kv_tokens == 16384
    assert ask("Qwen/Qwen3-8B", "L40S", {"num-gpu-blocks-override": 100}).status is FitStatus.REFUSED


@pytest.mark.parametrize("option", ["num-gpu-blocks-override", "kv-cache-memory-bytes"])
def test_a_given_size_is_certain(option: str) -> None:
    enough, page = 8192 // 16 + 1, 16 * 36 * 2 * 8 * 128 * 2  # blocks with vLLM's own; bytes of a block
    unit = 1 if option == "num-gpu-blocks-override" else page
    fits, short = (ask("Qwen/Qwen3-8B", "L40S", {option: count * unit}) for count in (enough, enough - 1))
    assert fits.status is FitStatus.FITS
    assert short.status is FitStatus.REFUSED
    assert "one request of 8,192 tokens needs" in short.reasons[0]
    assert short.kv_tokens_range == (short.kv_tokens, short.kv_tokens)


def test_a_given_size_that_is_too_small_names_the_one_that_is_enough() -> None:
    fields = memory_fields({"num-gpu-blocks-override": 500}, find=find)
    found = fit(FitRequest(shape=shape_of("Qwen/Qwen3-8B"), gpu=gpu_named("L40S"), max_model_len=8192, **fields))
    assert "num-gpu-blocks-override 513, or max_model_len 7,900" in found.reasons[0]


@pytest.mark.parametrize(
    "arguments",
    [
        {"max-loras": 0, "enable-lora": True},
        {"max-lora-rank": "many", "enable-lora": True},
        {"speculative-config": "{"},
        {"speculative-config": "[1]"},
        {"speculative-config": {"method": "ngram", "num_speculative_tokens": 0}},
        {"data-parallel-size": -1},
        {"block-size": True},
        {"kv-cache-memory-bytes": 10**400},
        {"mamba-ssm-cache-dtype": "int7"},
        {"eplb-config": {"num_redundant_experts": "x"}},
    ],
)
def test_values_that_vllm_does_not_take_name_the_option(arguments: dict[str, object]) -> None:
    name = next(iter(arguments))
    with pytest.raises(ArgumentError, match=name):
        memory_fields(arguments, find=find)


@pytest.mark.parametrize(("arguments", "expected"), [({}, None), ({"enable-prefix-caching": True}, True), ({"enable-prefix-caching": False}, False), ({"no-enable-prefix-caching": True}, False), ({"enable-prefix-caching": "false"}, False)])  # fmt: skip
def test_switches(arguments: dict[str, object], expected: bool | None) -> None:  # noqa: FBT001
    assert memory_fields(arguments, find=find)["cache"].enable_prefix_caching is expected
