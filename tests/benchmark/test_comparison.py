"""What counts as worse, and what is named as the change."""

import copy

import pytest

from benchmark.comparison import changes, load_of, regressions
from tests.benchmark.samples import RECORD, changed


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        ({"requests_per_second": 8.4}, "chat: requests per second 10 -> 8.4 (-16%)"),
        ({"output_tokens_per_second": 500.0}, "chat: output tokens per second 1000 -> 500 (-50%)"),
        ({"latency_seconds": {"p90": 2.4}}, "chat: latency P90 2 s -> 2.4 s (+20%)"),
        ({"ttft_seconds": {"p90": 1.0}}, "chat: ttft P90 0.5 s -> 1 s (+100%)"),
        ({"success_rate": 0.98}, "chat: success rate 100.0% -> 98.0%"),
    ],
)
def test_each_figure_that_is_worse(figures: dict[str, object], line: str) -> None:
    assert regressions(RECORD, changed(**figures)) == [line]


@pytest.mark.parametrize(
    "figures",
    [
        {},
        {"requests_per_second": 8.6},
        {"requests_per_second": 20.0, "latency_seconds": {"p90": 1.0}},
        {"latency_seconds": {"p90": 2.29}},
        {"success_rate": 0.995},
    ],
)
def test_what_is_not_worse(figures: dict[str, object]) -> None:
    assert regressions(RECORD, changed(**figures)) == []


def test_the_tolerance_counts() -> None:
    assert regressions(RECORD, changed(requests_per_second=9.4), 0.05)
    assert not regressions(RECORD, changed(requests_per_second=9.6), 0.05)


def test_a_run_without_answers_is_worse_and_has_no_times() -> None:
    nothing = changed(success_rate=0.0, requests_per_second=0.0, output_tokens_per_second=0.0, latency_seconds=None)
    nothing["runs"][0]["figures"]["ttft_seconds"] = None
    lines = regressions(RECORD, nothing)
    assert len(lines) == 3
    assert not regressions(nothing, RECORD)


def test_only_runs_of_the_same_load_are_compared() -> None:
    other = changed(requests_per_second=1.0)
    other["runs"][0]["concurrency"] = 20
    assert regressions(RECORD, other) == []


@pytest.mark.parametrize("other", [{"model": "adapter"}, {"url": "http://another"}])
def test_a_load_is_of_one_model_at_one_address(other: dict[str, str]) -> None:
    assert load_of(RECORD) == load_of(RECORD | {"started": "2026-02-01T00:00:00Z"})
    assert load_of(RECORD) != load_of(RECORD | other)


def test_what_changed_is_named() -> None:
    other = copy.deepcopy(RECORD)
    other["subject"] |= {"image": "vllm/vllm-openai:v0.32.0", "gpu": "A10G", "replicas": 1}
    other["subject"]["settings"] = {"max_model_len": 8192, "quantization": "fp8", "args": {"max-num-seqs": 32}}
    assert changes(RECORD, other) == [
        "image: vllm/vllm-openai:v0.31.0 -> vllm/vllm-openai:v0.32.0",
        "gpu: L40S -> A10G",
        "replicas: 2 -> 1",
        "settings.args: {'max-num-seqs': 64} -> {'max-num-seqs': 32}",
        "settings.quantization: not set -> fp8",
    ]
    assert changes(RECORD, RECORD) == []


def test_a_record_without_settings() -> None:
    bare = copy.deepcopy(RECORD)
    bare["subject"] = dict.fromkeys(RECORD["subject"])
    assert "replicas: None -> 2" in changes(bare, RECORD)


@pytest.mark.parametrize(
    ("rate", "ended", "worse"), [(42.6, "saturated", False), (42.4, "saturated", True), (50, "failures", False)]
)
def test_a_sweep_is_worse_beyond_the_tolerance_only(rate: float, ended: str, *, worse: bool) -> None:
    sweep = {"at": 8, "replicas": None, "requests_per_second": 50.0, "ended": "saturated"}
    last, now = RECORD | {"sweep": sweep}, RECORD | {"sweep": sweep | {"requests_per_second": rate, "ended": ended}}
    assert bool(regressions(last, now)) is worse
    assert bool(regressions(last, now, 0.2)) is False


def test_a_time_of_zero_that_is_one_now_is_worse_without_a_share() -> None:
    assert regressions(changed(ttft_seconds={"p90": 0.0}), RECORD) == ["chat: ttft P90 0 s -> 0.5 s"]
