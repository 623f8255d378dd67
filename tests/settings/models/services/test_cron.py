"""When cron expressions come."""

import datetime as dt

import pytest
from pydantic import TypeAdapter

from settings.models.services.cron import Cron, times, twice


@pytest.mark.parametrize("cron", ["0 8 * * 1-5", "*/15 * * * *", "0,30 8-18/2 1 jan-mar mon", "5 0 31 12 sun", "5/20 9 * * *"])
def test_cron_expressions_that_keda_reads(cron: str) -> None:
    assert TypeAdapter(Cron).validate_python(cron) == cron


@pytest.mark.parametrize(
    ("cron", "count", "first"),
    [
        ("0 8 * * 1-5", 262, (1, 1, 8, 0)),
        ("0 0 29 2 *", 1, (2, 29, 0, 0)),
        ("0 0 31 4 *", 0, None),
        ("5/20 9 1 jan *", 3, (1, 1, 9, 5)),
        ("0 0 13 1 fri", 5, (1, 5, 0, 0)),  # either kind of day
        ("0 0 13 * *", 12, (1, 13, 0, 0)),
        ("0 0 */10 1 mon", 8, (1, 1, 0, 0)),  # a step is a restriction too: 1, 11, 21, 31 and the Mondays, 1, 8, 15, 22, 29
        ("0 0 */1 1 mon", 5, (1, 1, 0, 0)),
    ],
)
def test_when_an_expression_comes(cron: str, count: int, first: tuple[int, int, int, int] | None) -> None:
    found = list(times(cron))
    assert len(found) == count
    assert (found[0] if found else None) == (dt.datetime(2024, *first) if first else None)
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0 8 * * 1-5", "0 19 * * 1-5"),
        ("0 22 * * *", "0 6 * * *"),
        ("0 22 * * 5", "0 6 * * 1"),
        ("0 8,13 * * *", "0 12,18 * * *"),
        ("0 0 28 * *", "0 0 2 * *"),
    ],
)
def test_windows_that_begin_and_end_in_turns(start: str, end: str) -> None:
    assert twice(start, end) is None


@pytest.mark.parametrize(
    ("start", "end", "which", "when"),
    [
        ("0 8 * * 1-5", "0 19 * * 5", "0 8 * * 1-5", dt.datetime(2024, 1, 2, 8)),
        ("0 0 31 * *", "0 0 2 * *", "0 0 2 * *", dt.datetime(2024, 3, 2)),
        ("* * * * *", "0 19 * * *", "* * * * *", dt.datetime(2024, 1, 1, 0, 1)),
    ],
)
def test_what_comes_twice_in_a_row(start: str, end: str, which: str, when: dt.datetime) -> None:
    assert twice(start, end) == (which, when)
