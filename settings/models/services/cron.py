"""Cron expressions as KEDA reads them (robfig/cron v3, ``ParseStandard``), and when they come."""

import datetime as dt
import heapq
import itertools
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from planner.shown import as_yaml
from settings.models.base import Text

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Mapping[str, tuple[int, int, tuple[str, ...]]] = MappingProxyType(
    {
        "minute": (0, 59, ()),
        "hour": (0, 23, ()),
        "day of the month": (1, 31, ()),
        "month": (1, 12, _MONTHS),
        "day of the week": (0, 6, _DAYS),
    }
)
"""Least, most, and names instead of numbers."""
_PART = re.compile(r"(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>\d{1,2}))?", re.ASCII)
_EXAMPLE = 'write it like "0 8 * * 1-5", with minute, hour, day of the month, month and day of the week'
_YEAR = 2024
"""The first of two years whose days are looked through: one with a 29 February. A second one, since what comes last in a year may come first in
the next, too."""
_MOST_TIMES = 20_000
"""Times that are looked through: two of each hour of the year, and the first days of what comes more often."""


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int | None:
    if text.lower() in names:
        return names.index(text.lower()) + least
    return int(text) if text.isdecimal() and len(text) <= 2 and least <= int(text) <= most else None


def _part(text: str, least: int, most: int, names: tuple[str, ...]) -> range | None:
    """The numbers that one part of a field stands for; None where it is none."""
    found = _PART.fullmatch(text)
    if found is None or (found["step"] is not None and int(found["step"]) == 0):
        return None
    step = int(found["step"] or 1)
    if found["first"] == "*":
        return range(least, most + 1, step) if found["last"] is None else None
    first = _number(found["first"], least, most, names)
    if found["last"] is None:
        last = first if found["step"] is None else most
    else:
        last = _number(found["last"], least, most, names)
    return range(first, last + 1, step) if first is not None and last is not None and first <= last else None


def _fields(text: str) -> list[frozenset[int]]:
    """The numbers of each field.

    Raises:
        ValueError: it is not a cron expression.
    """
    fields = text.split(" ")
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{as_yaml(text)} is not a cron expression of five fields: {_EXAMPLE}")
    every = []
    for field, (name, (least, most, names)) in zip(fields, _FIELDS.items(), strict=True):
        parts = [_part(part, least, most, names) for part in field.split(",")]
        if None in parts:
            numbers = f"{least} to {most}{', Sunday being 0' if names is _DAYS else ''}"
            raise ValueError(f"{as_yaml(text)} has the {name} {as_yaml(field)}, which is none of {numbers}: {_EXAMPLE}")
        every.append(frozenset(number for part in parts for number in part or ()))
    return every


def _cron(text: str) -> str:
    _fields(text)
    return text


Cron = Annotated[Text, AfterValidator(_cron), Field(max_length=100)]


def times(cron: str) -> Iterator[dt.datetime]:
    """When an expression comes in a leap year and the one after it, in order, by the clock of any time zone.

    Where both kinds of days are restricted either is enough (``dayMatches`` of robfig/cron).
    """
    minutes, hours, days, months, weekdays = _fields(cron)
    _, _, of_month, _, of_week = cron.split(" ")
    both = any(part.removesuffix("/1") == "*" for field in (of_month, of_week) for part in field.split(","))
    clock = [dt.time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]
    day = dt.date(_YEAR, 1, 1)
    while day.year <= _YEAR + 1:
        matches = (day.day in days, day.isoweekday() % 7 in weekdays)
        if day.month in months and (all(matches) if both else any(matches)):
            yield from (dt.datetime.combine(day, at) for at in clock)
        day += dt.timedelta(days=1)


def twice(start: str, end: str, zone: dt.tzinfo | None = None) -> tuple[str, dt.datetime] | None:
    """Which of two expressions comes a second time before the other one, or at its very time, and when; None where they take turns.

    Args:
        start: One.
        end: The other.
        zone: Time zone by whose clocks they come: not at times that these skip (``Next`` of robfig/cron). None: none is skipped.
    """
    last: tuple[dt.datetime, str] | None = None
    both = heapq.merge(((at, start) for at in times(start)), ((at, end) for at in times(end)))
    for at, one in itertools.islice(both, _MOST_TIMES):
        if zone and _skipped(at, zone):
            continue
        if last and (one == last[1] or at == last[0]):
            return one, at
        last = at, one
    return None


def _skipped(at: dt.datetime, zone: dt.tzinfo) -> bool:
    """Whether the clocks of a zone go past a time, as in spring."""
    return at.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != at
