"""Quantities as numbers."""

from decimal import Decimal

import pytest

from planner.quantities import parse


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("250m", Decimal("0.25")),
        ("2Gi", 2 * 2**30),
        ("1.5k", 1500),
        ("1e3", 1000),
        (4, 4),
        ("", None),
        ("4 GiB", None),
        ("1e9999999k", None),
        (True, None),
        (None, None),
    ],
)
def test_parse(text: object, number: Decimal | int | None) -> None:
    assert parse(text) == number
