"""Values of options that vLLM would refuse minutes into an update."""

import pytest

from planner.vllm_options import values as vllm_values
from planner.vllm_options.validate import options
from planner.vllm_options.values import joint_problems, parse_int, value_problem


def test_every_option_spoken_of_is_one() -> None:
    together = {name for pair in vllm_values._TOGETHER for name in pair[:2]}
    spoken_of = {*vllm_values._LEAST, *vllm_values._NUMBERS, *vllm_values._JSON_OBJECTS, *vllm_values.JSON_LISTS}
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
    assert value_problem(name, value) is None  # type: ignore[arg-type]


def test_a_switch_beside_what_it_needs_passes() -> None:
    assert list(joint_problems({"enable-auto-tool-choice": True, "tool-call-parser": "hermes"})) == []
    assert list(joint_problems({"enable-auto-tool-choice": False})) == []
