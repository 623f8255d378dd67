"""The planner's word on a service: refused where it is about, told where nothing is known, silent where all is well."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import planner
from planner.fit import FitStatus
from settings.derived.model_fit import service_fit
from settings.models.pools import PoolFacts
from settings.models.services.vllm import VllmSettings
from settings.validation.model_fit import _PATHS, check_fit, fit_warnings
from settings.validation.partial import PartialSettings


def pool(*types: str, gpus: int = 1) -> PoolFacts:
    return PoolFacts(kind="gpu", instance_types=types, gpus_per_node=gpus, desired=1, max=1, labels={}, taints=())


def service(model: str = "Qwen/Qwen3-8B", **settings: Any) -> VllmSettings:
    given = {"pool": "g6e", "max_model_len": 8192, "weights": {"source": "hub"}, **settings}
    return VllmSettings.model_validate({"model": model, **given})


def warned(one: VllmSettings, facts: PoolFacts) -> list[tuple[str, str]]:
    """Warnings of the memory of a service on a pool."""
    return list(fit_warnings(one, service_fit(one, facts)))


def test_a_service_that_fits_is_not_spoken_of() -> None:
    assert warned(service(), pool("g6e.xlarge")) == []


def test_a_pool_is_judged_by_its_weakest_type() -> None:
    for types in (("g4dn.xlarge", "g6e.xlarge"), ("g6e.xlarge", "g4dn.xlarge")):
        answer = service_fit(service(), pool(*types))
        assert answer is not None
        assert answer.status is FitStatus.REFUSED
    alone = service_fit(service(), pool("g6e.xlarge"))
    assert alone is not None
    assert alone.status is FitStatus.FITS


def test_the_options_of_a_service_reach_the_planner() -> None:
    plain = service_fit(service(), pool("g6e.xlarge"))
    options = {"max-num-seqs": 16, "max-num-batched-tokens": 1024, "kv-cache-dtype": "fp8", "enforce-eager": True}
    set_ = service_fit(service(args=options), pool("g6e.xlarge"))
    assert plain is not None
    assert set_ is not None
    assert (set_.max_num_seqs, set_.max_num_batched_tokens) == (16, 1024)
    assert set_.per_gpu.cuda_graphs == 0 < plain.per_gpu.cuda_graphs
    assert set_.kv_tokens > 1.9 * plain.kv_tokens


def test_offloaded_weights_leave_the_gpu() -> None:
    plain = service_fit(service(), pool("g6e.xlarge"))
    offloaded = service_fit(service(args={"cpu-offload-gb": 5}), pool("g6e.xlarge"))
    assert plain is not None
    assert offloaded is not None
    assert plain.per_gpu.weights - offloaded.per_gpu.weights == pytest.approx(5, abs=0.1)


def test_the_version_of_the_image_decides() -> None:
    new = service_fit(service(), pool("g6e.xlarge"))
    old = service_fit(service(image="vllm/vllm-openai:v0.8.5"), pool("g6e.xlarge"))
    assert new is not None
    assert old is not None
    assert old.engine.minor == 8
    assert old.kv_tokens != new.kv_tokens


def test_a_model_outside_the_catalogue_is_told_and_not_judged() -> None:
    unheard = service("example/unheard-of", weights={"source": "hub", "size_gib": 15})
    assert service_fit(unheard, pool("g4dn.xlarge")) is None
    told = warned(unheard, pool("g4dn.xlarge"))
    assert [key for key, _ in told] == ["model"]
    assert "not in the planner's catalogue" in told[0][1]


@pytest.mark.parametrize(("stated", "told"), [(15.3, False), (17.0, False), (13.5, False), (18.0, True), (12.5, True)])
def test_a_stated_size_is_told_when_it_is_off_by_more_than_15_percent(stated: float, *, told: bool) -> None:
    lines = warned(service(weights={"source": "hub", "size_gib": stated}), pool("g6e.xlarge"))
    assert bool(lines) is told
    if told:
        assert lines[0][0] == "weights.size_gib"
        assert "15.3: omit it" in lines[0][1]


@pytest.mark.parametrize("option", ["compilation-config", "hf-overrides", "speculative-config"])
def test_an_option_that_is_not_reckoned_is_told(option: str) -> None:
    told = warned(service(args={option: "1"}), pool("g6e.xlarge"))
    assert [key for key, _ in told] == [f"args.{option}"]
    assert service_fit(service(args={option: "1"}), pool("g4dn.xlarge")) is None


def test_options_of_memory_count() -> None:
    plain = service_fit(service(), pool("g6e.xlarge"))
    assert plain
    for args, fewer in (
        ({"enable-lora": True, "max-loras": 8, "max-lora-rank": 256}, "weights"),
        ({"speculative-config": {"model": "Qwen/Qwen3-0.6B", "num_speculative_tokens": 3}}, "weights"),
        ({"kv-cache-memory-bytes": "8G"}, "kv"),
    ):
        found = service_fit(service(args=args), pool("g6e.xlarge"))
        assert found
        assert found.kv_tokens < plain.kv_tokens
        assert getattr(found.per_gpu, fewer) != getattr(plain.per_gpu, fewer)


def test_a_close_call_is_advice_not_a_refusal() -> None:
    lengths = [
        length
        for length in range(12_000, 40_000, 500)
        if (answer := service_fit(service(max_model_len=length), pool("g5.2xlarge"))) is not None
        and answer.status is FitStatus.UNKNOWN
    ]
    assert lengths
    told = warned(service(max_model_len=lengths[0]), pool("g5.2xlarge"))
    assert [key for key, _ in told] == ["max_model_len"]
    assert told[0][1].startswith("too close to call: one request of ")


def test_a_model_the_planner_cannot_compute_is_told() -> None:
    found = warned(service("example/unheard-of"), pool("p5.48xlarge", gpus=8))
    assert any("is not in the planner's catalogue" in text for _, text in found)


def test_a_misspelt_model_is_told_with_the_one_that_is_meant() -> None:
    key, text = warned(service("meta-llama/Meta-Llama-3-8B-Instrct"), pool("p5.48xlarge", gpus=8))[0]
    assert key == "model"
    assert text.startswith(
        "is not in the planner's catalogue (did you mean meta-llama/Meta-Llama-3-8B-Instruct?): whether it fits"
    )


def test_the_size_of_known_weights_is_computed() -> None:
    assert service().weights_gib == pytest.approx(15.26, abs=0.02)
    assert service(weights={"source": "hub", "size_gib": 16.0}).weights_gib == 16.0
    with pytest.raises(LookupError, match="example/unheard-of is neither stated nor known"):
        _ = service("example/unheard-of").weights_gib


@pytest.mark.parametrize(("quantization", "spoken"), [("torchao", True), ("fp8", False)])
def test_a_quantization_nothing_is_known_of_is_told(quantization: str, *, spoken: bool) -> None:
    told = warned(service(quantization=quantization), pool("g6e.xlarge"))
    assert [key for key, _ in told] == (["quantization"] if spoken else [])


def test_fewer_requests_at_once_are_named_by_the_option_of_the_service() -> None:
    partial = PartialSettings(stack="dev", team=False, raw={})
    check_fit(partial, "chat", service("Qwen/Qwen3.5-27B"), pool("p5.4xlarge"))
    (issue,) = partial.issues
    found = re.search(r"are left: args\.max-num-seqs: (\d+), or", issue.message)
    assert found, issue.message
    fewer = service_fit(service("Qwen/Qwen3.5-27B", args={"max-num-seqs": int(found[1])}), pool("p5.4xlarge"))
    assert fewer is not None
    assert fewer.status is FitStatus.FITS


def reasons_of_the_planner() -> set[str]:
    """What the planner's refusals are about, by the calls in its code."""
    folder = Path(planner.__file__).parent
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in folder.rglob("*.py"))
    calls = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Reason" and isinstance(call.args[0], ast.Constant)
    }


def test_whatever_the_planner_refuses_has_a_place_in_the_settings() -> None:
    """``gpus`` is an error of the pool, ``memory`` has a place by the answer, ``shape`` is of results that are unknown."""
    found = reasons_of_the_planner()
    assert {"tensor_parallel", "engine", "lora"} <= found
    assert found - {"gpus", "memory", "shape"} == set(_PATHS)


@pytest.mark.parametrize(
    ("model", "args", "key"),
    [
        ("Qwen/Qwen3-8B", {"decode-context-parallel-size": 4}, "decode-context-parallel-size"),
        ("Qwen/Qwen3-8B", {"enable-expert-parallel": True}, "enable-expert-parallel"),
        (
            "Qwen/Qwen3-30B-A3B",
            {"enable-expert-parallel": True, "enable-eplb": True, "eplb-config": {"num_redundant_experts": 3}},
            "eplb-config",
        ),
        (
            "moonshotai/Kimi-K2.5",
            {"speculative-config": {"method": "mtp", "num_speculative_tokens": 1}},
            "speculative-config",
        ),
        ("moonshotai/Kimi-K2.5", {"enable-lora": True}, "enable-lora"),
        ("Qwen/Qwen3-8B", {"enable-lora": True, "max-lora-rank": 24}, "max-lora-rank"),
    ],
)
def test_an_option_that_the_planner_refuses_is_refused_at_its_place(model: str, args: dict[str, Any], key: str) -> None:
    partial = PartialSettings(stack="dev", team=False, raw={})
    check_fit(partial, "chat", service(model, tensor_parallel=4, args=args), pool("p5e.48xlarge", gpus=8))
    assert f"services.chat.args.{key}" in {issue.path for issue in partial.issues}
