import json
from decimal import Decimal
from typing import Any

import pytest

from gateway.store.limits import Limits, LimitsError, read_limits


def issues(data: dict[str, Any]) -> list[str]:
    with pytest.raises(LimitsError) as raised:
        read_limits(data)
    return raised.value.issues


def test_all_mistakes_are_reported_together() -> None:
    found = issues({"models": ["Qwen", "a", "a"], "tokens_per_minute": 0, "rps": 3, "team": "a b"})
    assert found == [
        "models: 'Qwen' cannot be the name of a model: use SERVICE or STACK/SERVICE in lower case, such as qwen or dev/qwen",
        "models: a is there twice",
        "tokens_per_minute: 0: use a whole number from 1 to 1,000,000,000",
        (
            "rps: unknown; known are models, requests_per_second, tokens_per_minute, concurrent_requests, usd_per_day, "
            "usd_per_month, team"
        ),
        "team: 'a b' cannot be the name of a team: use 1 to 63 of A-Z a-z 0-9 . _ -, a letter or digit first",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("models", []),
        ("models", "qwen"),
        ("models", [1]),
        ("models", ["a/b/c"]),
        ("models", [f"m{number}" for number in range(201)]),
        ("requests_per_second", 0),
        ("requests_per_second", -1),
        ("requests_per_second", True),
        ("requests_per_second", float("nan")),
        ("requests_per_second", float("inf")),
        ("requests_per_second", "1e400"),
        ("requests_per_second", 0.001),
        ("requests_per_second", 10_001),
        ("tokens_per_minute", 1.5),
        ("tokens_per_minute", "7"),
        ("tokens_per_minute", False),
        ("concurrent_requests", 0),
        ("concurrent_requests", 10_001),
        ("usd_per_day", "free"),
        ("usd_per_day", 0),
        ("usd_per_day", 1.001),
        ("usd_per_month", []),
        ("team", 7),
        ("team", ""),
    ],
)
def test_a_value_that_cannot_be_used(name: str, value: object) -> None:
    [found] = issues({name: value})
    assert found.startswith(f"{name}: ")
    assert "use" in found
    assert "\n" not in found


def test_a_day_that_is_more_than_its_month() -> None:
    assert issues({"usd_per_day": 10, "usd_per_month": 5}) == [
        "usd_per_day: 10 is more than usd_per_month, 5: it would never be reached"
    ]


def test_none_is_absent_and_what_is_given_can_be_read_again() -> None:
    assert read_limits({"models": None, "team": None}) == Limits()
    limits = read_limits({"models": ["a"], "usd_per_day": 0.1, "usd_per_month": "0.20"})
    assert limits == Limits(models=("a",), usd_per_day=Decimal("0.1"), usd_per_month=Decimal("0.2"))
    assert read_limits(limits.given()) == limits
    assert json.loads(json.dumps({"tokens_per_minute": 5})) == read_limits({"tokens_per_minute": 5}).given()
