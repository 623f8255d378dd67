"""Options of `vllm serve`."""

import pytest

from planner.vllm_options.validate import PLATFORM_OPTIONS, option_problems, options, render_options


def test_the_table_is_that_of_the_default_image() -> None:
    assert len(options()) > 300
    assert set(options()["dtype"].choices) == {"auto", "bfloat16", "float16", "float", "float32", "half"}
    assert options()["served-model-name"].many
    assert options()["enable-prefix-caching"].negatable


def test_every_option_the_platform_keeps_is_one() -> None:
    assert set(PLATFORM_OPTIONS) <= set(options())


@pytest.mark.parametrize("name", sorted(PLATFORM_OPTIONS))
def test_the_platforms_own_options_are_refused_with_what_to_do(name: str) -> None:
    assert list(option_problems({name: 1})) == [(name, f"is the platform's own: {PLATFORM_OPTIONS[name]}")]


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("tp", 2, "set the service's `tensor_parallel`"),
        ("no-enable-prefix-caching", True, "enable-prefix-caching: false"),
        ("sc", {"model": "x"}, "speculative-config"),
        ("qqqqqqqq", 1, "see `vllm serve --help=all`"),
        ("max-num-seqs", True, "write one value"),
        ("max-num-seqs", None, "write one value"),
        ("max-num-seqs", {"a": 1}, "takes no map"),
        ("tokenizer", "", "is empty"),
        ("disable-log-stats", False, "omit it"),
        ("collect-detailed-traces", ["all", "some"], "choose from None, all, model, worker"),
    ],
)
def test_a_wrong_option_is_told_with_its_cure(name: str, value: object, cure: str) -> None:
    problems = list(option_problems({name: value}))  # type: ignore[dict-item]
    assert len(problems) == 1
    assert cure in problems[0][1]


def test_good_options_become_words_of_a_command_line() -> None:
    args = {
        "max-num-seqs": 64,
        "enable-prefix-caching": False,
        "disable-log-stats": True,
        "speculative-config": {"num_speculative_tokens": 3},
        "lora-modules": ["a=/x", "b=/y"],
        "seed": -1,
    }
    assert list(option_problems(args)) == []  # type: ignore[arg-type]
    assert render_options(args) == [  # type: ignore[arg-type]
        "--max-num-seqs=64",
        "--no-enable-prefix-caching",
        "--disable-log-stats",
        '--speculative-config={"num_speculative_tokens":3}',
        *("--lora-modules", "a=/x", "b=/y"),
        "--seed=-1",
    ]
