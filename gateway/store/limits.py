"""What a tenant may use, and the check of it: all mistakes together, one line each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.store import names

MICROUSD = 1_000_000
"""Millionths in a US dollar."""
MOST_MODELS = 200
_REQUESTS_PER_SECOND = (Decimal("0.01"), Decimal(10_000))
_TOKENS_PER_MINUTE = (1, 1_000_000_000)
_CONCURRENT_REQUESTS = (1, 10_000)
_USD = (Decimal("0.01"), Decimal(10_000_000))


class LimitsError(ValueError):
    """Limits that cannot be used: a line for each mistake."""

    def __init__(self, issues: list[str]) -> None:
        """Keep the lines."""
        super().__init__("\n".join(issues))
        self.issues = issues


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a tenant may use. None: the gateway's default, or no limit where it has none."""

    models: tuple[str, ...] | None = None
    """Models by the names that clients send; None: of a tenant with a team those of the platform's stack and of the team, else all."""
    requests_per_second: Decimal | None = None
    tokens_per_minute: int | None = None
    concurrent_requests: int | None = None
    usd_per_day: Decimal | None = None
    """US dollars of a day in UTC; None: no budget."""
    usd_per_month: Decimal | None = None
    """US dollars of a calendar month in UTC; None: no budget."""
    team: str | None = None
    """Team that the usage belongs to, where a key has none of its own."""

    def given(self) -> dict[str, Any]:
        """The limits that are set, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def read_limits(data: Mapping[str, Any]) -> Limits:
    """Limits from plain data, such as JSON; a value of None is as if it were absent.

    Raises:
        LimitsError: with a line for each mistake.
    """
    issues: list[str] = []
    values: dict[str, Any] = {}
    for name, value in data.items():
        if value is None:
            continue
        reader = _READERS.get(name)
        if reader is None:
            issues.append(f"{name}: unknown; known are {', '.join(_READERS)}")
            continue
        try:
            values[name] = reader(value)
        except LimitsError as error:
            issues += [f"{name}: {issue}" for issue in error.issues]
    issues += _between(values)
    if issues:
        raise LimitsError(issues)
    return Limits(**values)


def _between(values: Mapping[str, Any]) -> Iterator[str]:
    day, month = values.get("usd_per_day"), values.get("usd_per_month")
    if day is not None and month is not None and day > month:
        yield f"usd_per_day: {day} is more than usd_per_month, {month}: it would never be reached"


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise LimitsError([f"{_shown(value)}: use a whole number from {least:,} to {most:,}"])
        return value

    return read


def _decimal(least: Decimal, most: Decimal, *, places: int) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        fix = f"use a number from {least:f} to {most:,f} with at most {places} decimals"
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise LimitsError([f"{_shown(value)}: {fix}"])
        try:
            number = Decimal(str(value))
            fits = number.is_finite() and least <= number <= most and number == round(number, places)
        except InvalidOperation:
            fits = False
        if not fits:
            raise LimitsError([f"{_shown(value)}: {fix}"])
        return Decimal(format(number.normalize(), "f"))  # 10, not 1E+1

    return read


def _models(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, list | tuple) or not value:
        raise LimitsError([f"{_shown(value)}: use a list of models, or omit it for all"])
    if len(value) > MOST_MODELS:
        raise LimitsError([f"{len(value)} models: use {MOST_MODELS} at most"])
    issues = [issue for each in value if (issue := names.MODEL.issue(each))]
    twice = sorted({each for each in value if isinstance(each, str) and value.count(each) > 1})
    issues += [f"{each} is there twice" for each in twice]
    if issues:
        raise LimitsError(issues)
    return tuple(value)


def _team(value: Any) -> str:
    if issue := names.TEAM.issue(value):
        raise LimitsError([issue])
    return str(value)


def _shown(value: object) -> str:
    return repr(value)[:60]


_READERS: dict[str, Callable[[Any], Any]] = {
    "models": _models,
    "requests_per_second": _decimal(*_REQUESTS_PER_SECOND, places=2),
    "tokens_per_minute": _whole(*_TOKENS_PER_MINUTE),
    "concurrent_requests": _whole(*_CONCURRENT_REQUESTS),
    "usd_per_day": _decimal(*_USD, places=2),
    "usd_per_month": _decimal(*_USD, places=2),
    "team": _team,
}
