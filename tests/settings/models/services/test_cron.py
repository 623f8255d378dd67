"""When cron expressions come."""

import pytest
from pydantic import TypeAdapter

from settings.models.services.cron import Cron, times, twice


@pytest.mark.parametrize(
    "cron", ["0 8 * * 1-5", "*/15 * * * *", "0,30 8-18/2 1 jan-mar mon", "5 0 31 12 sun", "5/20 9 * * *"]
)
def test_cron_expressions_that_keda_reads(cron: str) -> None:
    assert TypeAdapter(Cron).validate_python(cron) == cron


@pytest.mark.parametrize(
    ("cron", "count", "first"),
    [
        ("0 8 * * 1-5", 262, "2024-01-01T08:00"),
        ("0 0 29 2 *", 1, "2024-02-29T00:00"),
        ("0 0 31 4 *", 0, None),
        ("5/20 9 1 jan *", 3, "2024-01-01T09:05"),
        ("0 0 13 1 fri", 5, "2024-01-05T00:00"),  # either kind of day
        ("0 0 13 * *", 12, "2024-01-13T00:00"),
        ("0 0 */10 1 mon", 8, "2024-01-01T00:00"),  # 1, 11, 21, 31, and Mondays: a step is a restriction too
        ("0 0 */1 1 mon", 5, "2024-01-01T00:00"),
    ],
)
def test_when_an_expression_comes(cron: str, count: int, first: str | None) -> None:
    found = list(times(cron))
    assert len([one for one in found if one.year == 2024]) == count
    assert {one.year for one in found} <= {2024, 2025}
    assert (found[0].isoformat(timespec="minutes") if found else None) == first
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0 8 * * 1-5", "0 19 * * 1-5"),
        ("0 22 * * *", "0 6 * * *"),
        ("0 22 * * 5", "0 6 * * 1"),
        ("0 8,13 * * *", "0 12,18 * * *"),
        ("0 0 28 * *", "0 0 2 * *"),
        ("*/2 * * * *", "1-59/2 * * * *"),
    ],
)
def test_windows_that_begin_and_end_in_turns(start: str, end: str) -> None:
    assert twice(start, end) is None


@pytest.mark.parametrize(
    ("start", "end", "which", "when"),
    [
        ("0 8 * * 1-5", "0 19 * * 5", "0 8 * * 1-5", "2024-01-02T08:00"),
        ("0 0 31 * *", "0 0 2 * *", "0 0 2 * *", "2024-03-02T00:00"),
        ("* * * * *", "0 19 * * *", "* * * * *", "2024-01-01T00:01"),
    ],
)
def test_what_comes_twice_in_a_row(start: str, end: str, which: str, when: str) -> None:
    found = twice(start, end)
    assert found
    assert (found[0], found[1].isoformat(timespec="minutes")) == (which, when)
