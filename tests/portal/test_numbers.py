"""Whole numbers from texts, and amounts in words."""

import pytest

from portal import numbers


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "$0.00"),
        (1234.5, "$1,234.50"),
        (0.014, "$0.01"),
        (0.00999, "$0.01"),
        (0.0042, "$0.0042"),
        (0.000001, "$0.000001"),
        (1e-9, "$0.00"),
        (-3.0, "\N{MINUS SIGN}$3.00"),
        (-0.0042, "\N{MINUS SIGN}$0.0042"),
    ],
)
def test_what_costs_little_is_not_nothing(value: float, words: str) -> None:
    assert numbers.dollars(value) == words
