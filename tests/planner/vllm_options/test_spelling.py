"""What was meant by another spelling, and how values are shown."""

import pytest

from planner.vllm_options.releases import releases
from planner.vllm_options.spelling import nearest, shown
from planner.vllm_options.table import options


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("llama3json", ["llama3_json", "hermes"], "llama3_json"),
        ("deepseek-r1", ["deepseek_r1", "deepseek_v3"], "deepseek_r1"),
        ("DeepSeekR1", ["deepseek_r1"], "deepseek_r1"),
        ("granite_20b_fc", ["granite-20b-fc"], "granite-20b-fc"),
        ("herms", ["hermes"], "hermes"),
        ("rope-scaling", ["return-sampling-mask"], None),
        ("num-scheduler-steps", ["max-num-scheduled-tokens"], None),
        ("enable-reasoning", ["enable-prefix-caching"], None),
        ("guided-decoding-backend", ["kda-decode-backend"], None),
        ("", ["a"], None),
    ],
)
def test_only_a_very_like_name_is_guessed(text: str, names: list[str], found: str | None) -> None:
    assert nearest(text, names) == found


def test_no_removed_option_is_like_another_one() -> None:
    for name in ("rope-scaling", "swap-space", "task", "num-scheduler-steps", "guided-decoding-backend"):
        assert nearest(name, options(releases()[-1])) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", '"x"'),
        (5, "5"),
        (10**400, "a number of about 400 digits"),
        ({"a": [1]}, '{"a": [1]}'),
        ("a\nb", '"a\\nb"'),
        (float("nan"), "NaN"),
        ("a\x7fb\u2028c", '"a\\u007fb\\u2028c"'),
    ],
)
def test_a_value_is_shown_as_json(value: object, text: str) -> None:
    assert shown(value) == text  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["x" * 5000, ["y" * 50] * 50, {"k": "z" * 900}])
def test_a_long_value_is_shortened(value: object) -> None:
    assert len(shown(value)) < 70  # type: ignore[arg-type]


def test_a_value_too_deep_is_not_shown() -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    assert "too deep" in shown(deep)  # type: ignore[arg-type]
