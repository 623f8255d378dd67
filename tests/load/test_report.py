"""Figures of a report."""

from load import Answer, Outcome, Report
from load.report import percentile


def answers() -> list[Answer]:
    """A hundred whole answers of 1 to 100 ms, a slow failure and an abort."""
    good = [Answer(scheduled=0, stream=False, outcome=Outcome.OK, latency=n / 1000) for n in range(1, 101)]
    lost = Answer(
        scheduled=0, stream=True, outcome=Outcome.FAILED, status=503, error="busy", latency=9, retry_after="30"
    )
    left = Answer(scheduled=0, stream=True, outcome=Outcome.ABORTED, status=200, latency=9, late=0.2)
    return [*good, lost, left]


def test_latency_is_that_of_what_succeeded() -> None:
    said = Report(answers=answers(), seconds=2).to_json()
    assert said["latency_ms"] == {"p50": 50.5, "p95": 95.05, "p99": 99.01}
    assert (said["ok"], said["failed"], said["aborted"], said["broken"]) == (100, 1, 1, 0)
    assert said["failures"] == {"failed 503 busy": 1}
    assert said["retry_after"] == {"503: 30": 1}
    assert said["requests_per_second"] == 51


def test_without_a_stream_there_is_no_first_token() -> None:
    report = Report(answers=answers(), seconds=2)
    assert report.to_json()["first_token_ms"] is None
    assert "first token  \N{EN DASH} (streams)" in report.lines()
    stream = Answer(scheduled=0, stream=True, outcome=Outcome.OK, latency=2, first_token=0.25)
    assert "first token  p50 250 ms, p95 250 ms, p99 250 ms (streams)" in Report(answers=[stream], seconds=2).lines()


def test_without_a_success_there_is_no_latency() -> None:
    report = Report(answers=answers()[100:], seconds=2)
    assert report.to_json()["latency_ms"] is None
    assert "latency      \N{EN DASH}" in report.lines()


def test_a_late_generator_is_said() -> None:
    late = [Answer(scheduled=0, stream=False, outcome=Outcome.OK, late=0.2) for _ in range(10)]
    assert "the generator was late by 200 ms (p99): its machine is too busy" in Report(answers=late, seconds=1).lines()
    assert not any("generator" in line for line in Report(answers=answers()[:100], seconds=1).lines())


def test_percentiles_of_few() -> None:
    assert percentile([], 99) == 0
    assert percentile([3.0], 50) == 3.0
