from typing import Any

import pytest

from planner.shown import LONGEST_VALUE, as_yaml, one_line, shortened, shown


def _deep() -> object:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    return deep


HOSTILE = [
    *(None, True, float("nan"), "x" * 5000, 10**4000, -(10**10_000), [10**10_000], [1] * 10**5, ["y" * 50] * 50),
    *({"k": "z" * 900}, {"a": [1] * 1000}, {(1, 2): 3}, "a\0\n\u202e\x1b[31m", "\ud800", b"\0" * 500, _deep()),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", '"x"'),
        (5, "5"),
        (10**400, "a number of about 400 digits"),
        ({"a": [1]}, '{"a": [1]}'),
        ("a\nb", '"a\\nb"'),
        (float("nan"), "NaN"),
        ("a\x7fb\u2028c", '"a\\x7fb\\u2028c"'),
    ],
)
def test_a_value_is_shown_as_json(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [("x", "'x'"), (None, "null"), (True, "true"), (float("inf"), "inf"), (["x"], '["x"]')]
)
def test_a_value_of_a_stack_file_has_single_quotes(value: object, text: str) -> None:
    assert as_yaml(value) == text


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("show", [shown, as_yaml])
def test_whatever_a_value_is_it_is_one_short_line(show: Any, value: object) -> None:
    text = show(value)
    assert len(text) <= LONGEST_VALUE + 5
    assert text.isprintable()


def test_a_value_too_deep_is_not_shown() -> None:
    assert "too deep" in shown(_deep())


def test_a_long_name_keeps_its_ends() -> None:
    name = shortened("start" + "x" * 5000 + "end")
    assert name.startswith("start")
    assert name.endswith("end (5,008 characters)")
    assert shortened("short") == "short"


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert one_line("a\nb\x1b") == "a\\nb\\x1b"
    assert one_line("x" * 50, longest=20) == "x" * 17 + "..."
