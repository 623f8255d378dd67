"""Figures of answers with known times."""

import pytest

from benchmark.figures import Figures, Times, as_json, usd_per_million
from load import Answer, Outcome, Report
from tests.benchmark.samples import report


def test_times_are_those_of_a_spreadsheet() -> None:
    """PERCENTILE.INC of 1 to 10: 5.5, 9.1, 9.91."""
    times = Times.of(range(10, 0, -1))
    assert times == Times(avg=5.5, p50=5.5, p90=pytest.approx(9.1), p99=pytest.approx(9.91), max=10)


def test_one_value_is_every_percentile_and_none_is_none() -> None:
    assert Times.of([2.0]) == Times(avg=2, p50=2, p90=2, p99=2, max=2)
    assert Times.of([]) is None


def test_failures_count_in_the_success_rate_and_nowhere_else() -> None:
    figures = Figures.of(report())
    assert (figures.requests, figures.succeeded, figures.timed_out) == (13, 10, 1)
    assert figures.errors == {"503: server_busy: full": 2}
    assert figures.success_rate == pytest.approx(10 / 13)
    assert (figures.prompt_tokens, figures.completion_tokens) == (2560, 100)
    assert figures.latency is not None
    assert figures.latency.max == 10


def test_rates_are_over_the_whole_time() -> None:
    figures = Figures.of(report())
    assert figures.requests_per_second == 0.5
    assert figures.output_tokens_per_second == 5.0
    assert figures.total_tokens_per_second == 133.0


def test_inter_token_is_the_time_after_the_first_token_over_the_others() -> None:
    figures = Figures.of(report())
    assert figures.inter_token is not None
    assert figures.inter_token.max == pytest.approx((10 - 1.0) / 9)
    assert figures.inter_token.p50 == pytest.approx((5.5 - 0.55) / 9)


def test_an_answer_of_one_token_has_no_inter_token() -> None:
    one = Answer(scheduled=0, stream=True, outcome=Outcome.OK, latency=1, first_token=1, completion_tokens=1)
    assert Figures.of(Report(answers=[one], seconds=1)).inter_token is None


def test_dollars() -> None:
    """One dollar an hour at 1,000 tokens a second is 3.6 million tokens for a dollar."""
    assert usd_per_million(1.0, 1000.0) == pytest.approx(1 / 3.6)
    assert usd_per_million(1.0, 0.0) is None


def test_json_has_dollars_where_the_price_is_known() -> None:
    figures = Figures.of(report())
    known = as_json(figures, 3.6)
    assert known["usd_per_million_output_tokens"] == 200.0
    assert known["usd_per_million_tokens"] == pytest.approx(7.5188)
    assert "usd_per_million_tokens" not in as_json(figures, None)


def test_a_run_without_an_answer() -> None:
    nothing = as_json(Figures.of(Report(answers=[], seconds=0.0)), 1.0)
    assert nothing["success_rate"] == nothing["requests_per_second"] == 0.0
    assert nothing["latency_seconds"] is nothing["usd_per_million_tokens"] is None
