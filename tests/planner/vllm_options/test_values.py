"""Values of options that vLLM would refuse minutes into an update."""

import re

import pytest

from planner.vllm_options import values as vllm_values
from planner.vllm_options.releases import Release, newest
from planner.vllm_options.table import options
from planner.vllm_options.values import check_quantization, joint_problems, parse_int, value_problem


def test_every_option_spoken_of_is_one() -> None:
    together = {name for pair in vllm_values._TOGETHER for name in pair[:2]}
    spoken_of = {*vllm_values._LEAST, *vllm_values._GIB, *vllm_values._JSON_OBJECTS, *vllm_values.JSON_LISTS}
    assert spoken_of | together <= set(options())


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (8192, 8192),
        ("8192", 8192),
        ("8k", 8000),
        ("8K", 8192),
        ("1.5k", 1500),
        ("many", None),
        (True, None),
        (1.5, None),
    ],
)
def test_counts_of_tokens_may_have_a_unit(value: object, read: int | None) -> None:
    assert parse_int("max-num-batched-tokens", value) == read  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["max-model-len", "kv-cache-memory-bytes"])
def test_lengths_and_bytes_may_have_a_unit_too(name: str) -> None:
    assert [parse_int(name, text) for text in ("8k", "8K", "1.5k", "2t", "1T")] == [8000, 8192, 1500, 2 * 10**12, 2**40]
    assert parse_int(name, "1.5K") is None
    assert parse_int(name, "1.5") is None


def test_other_counts_may_not() -> None:
    assert parse_int("max-num-seqs", "8k") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allowed-origins", '["https://chat.example"]'),
        ("allowed-origins", ["https://chat.example"]),
        ("speculative-config", '{"method": "ngram"}'),
        ("speculative-config", {"method": "ngram"}),
        ("cpu-offload-gb", 0.5),
        ("generation-config", "vllm"),
    ],
)
def test_good_values_pass(name: str, value: object) -> None:
    assert value_problem(options()[name], value) is None  # type: ignore[arg-type]


def test_a_switch_beside_what_it_needs_passes() -> None:
    assert list(joint_problems({"enable-auto-tool-choice": True, "tool-call-parser": "hermes"})) == []
    assert list(joint_problems({"enable-auto-tool-choice": False})) == []


NINES = "9" * 400


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max-num-seqs", -5, "is -5: write a whole number, 1 or more"),
        ("max-num-seqs", "-5", 'is "-5": write a whole number, 1 or more'),
        ("max-num-seqs", "8.0", "write a whole number"),
        ("max-num-seqs", 10**30, "write a whole number, 1 or more, and at most 9,223,372,036,854,775,807"),
        ("max-num-batched-tokens", int(NINES), "is a number of about 400 digits: write a whole number"),
        ("max-num-batched-tokens", NINES, "characters): write a whole number, 1 or more, and at most"),
        ("max-num-batched-tokens", "9" * 6000, "write a whole number"),
        ("max-num-batched-tokens", "1" * 29 + "k", "at most"),
        ("renderer-num-workers", "four", 'is "four": write a whole number'),
        ("distributed-timeout-seconds", 1.5, "is 1.5: write a whole number"),
        ("cudagraph-capture-sizes", [1, 2, "many"], 'is "many": write a whole number'),
        ("cudagraph-capture-sizes", "1,2,4", 'is "1,2,4": write a whole number'),
        ("cpu-offload-gb", int(NINES), "is a number of about 400 digits: write a number of GiB, 0 or more"),
        ("cpu-offload-gb", float("inf"), "write a number of GiB"),
        ("cpu-offload-gb", float("nan"), "write a number of GiB"),
        ("kv-offloading-size", "much", 'is "much": write a number of GiB, more than 0'),
        ("kv-offloading-size", 0, "is 0: write a number of GiB, more than 0"),
        ("kv-offloading-size", "0.0", "write a number of GiB, more than 0"),
        ("kv-offloading-size", -4, "is -4: write a number of GiB, more than 0"),
        ("kv-transfer-config", 5, "is 5, and vLLM reads JSON here"),
        ("kv-transfer-config", ["NixlConnector"], "and vLLM reads JSON here"),
        ("hf-overrides", [1], "and vLLM reads JSON here"),
        ("video-pruning-rate", int(NINES), "write a number"),
        ("compilation-config", "{", "vLLM reads JSON here"),
        ("reasoning-effort-map", "low", "vLLM reads JSON here"),
    ],
)
def test_a_wrong_value_is_one_short_line(name: str, value: object, said: str) -> None:
    problem = value_problem(options(newest())[name], value)  # type: ignore[arg-type]
    assert problem is not None
    assert said in problem
    assert len(problem) < 200
    assert "\n" not in problem


@pytest.mark.parametrize("value", [-5, 0, "0", NINES, int(NINES), 10**19, "9" * 6000, "", " ", None, True, 8.0])
def test_a_number_that_vllm_refuses_is_not_counted_with(value: object) -> None:
    assert parse_int("max-num-seqs", value) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [8, "8", " 8 ", "+8"])
def test_a_number_as_text_is_the_number(value: object) -> None:
    assert parse_int("max-num-seqs", value) == 8  # type: ignore[arg-type]
    assert value_problem(options()["max-num-seqs"], value) is None  # type: ignore[arg-type]


def test_units_are_those_of_the_release() -> None:
    old, new = options(Release(8)), options(Release(32))
    assert value_problem(old["max-num-batched-tokens"], "8k") == 'is "8k": write a whole number, 1 or more'
    assert value_problem(new["max-num-batched-tokens"], "8k") is None


def test_what_another_option_needs_is_asked_of_releases_that_have_it() -> None:
    args = {"enable-log-outputs": True}
    assert [name for name, _ in joint_problems(args, Release(32))] == ["enable-log-outputs"]
    assert list(joint_problems(args, Release(9))) == []


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("awqq", "did you mean awq?"),
        ("FP8", "did you mean fp8?"),
        ("gptq-marlin", "did you mean gptq_marlin?"),
        ("q4", "such as"),
    ],
)
def test_an_unknown_quantization_is_refused_with_its_spelling(method: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        check_quantization(method)


@pytest.mark.parametrize("method", ["fp8", "awq", "bitsandbytes", "gguf", "nvfp4", "compressed-tensors"])
def test_a_method_of_any_release_is_a_quantization(method: str) -> None:
    assert check_quantization(method) == method
