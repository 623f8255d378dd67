"""How far predictions are from the cold starts that others published."""

import statistics

import pytest

from planner.coldstart.runs import published_runs

MEDIAN = 0.25
"""The accuracy that the documentation promises for totals."""


@pytest.mark.parametrize("held_out", [False, True], ids=["fitted", "held out"])
def test_the_median_error_of_the_total(*, held_out: bool) -> None:
    errors = [abs(run.error) for run in published_runs() if run.whole and run.held_out is held_out]
    assert len(errors) >= 4
    assert statistics.median(errors) <= MEDIAN


def test_totals_lie_within_the_range() -> None:
    for run in published_runs():
        if run.whole:
            found = run.predicted.of(*run.measured)
            assert found.low <= run.total <= found.high, run.name


def test_every_run_says_where_it_was_published_and_what_it_lasted() -> None:
    for run in published_runs():
        assert run.source.startswith("https://")
        assert run.measured
        assert all(seconds > 0 for seconds in run.measured.values())
        assert not run.predicted.unknown
