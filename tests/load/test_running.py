"""Plans against an endpoint whose behaviour is chosen by the model's name."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from load import Outcome, Plan, Report, Running, Target, run
from tests.load.endpoint import Endpoint, serving


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """One endpoint for all tests."""
    with serving() as served:
        yield served


def load(endpoint: Endpoint, model: str = "good", **settings: Any) -> Report:
    """Ten requests at once unless the settings have another number."""
    chosen: dict[str, Any] = {"concurrency": 10, "requests": 20} | settings
    return run(Plan(targets=[Target(url=endpoint.url, model=model, key="sk-test")], **chosen))


def test_closed_loop_sends_the_shares_it_was_given(endpoint: Endpoint) -> None:
    endpoint.seen.clear()
    endpoint.most = 0
    report = load(endpoint, requests=200, stream_share=0.5)
    assert report.count(Outcome.OK) == len(report.answers) == 200
    assert endpoint.seen.total() == 200
    assert 70 < endpoint.seen["stream"] < 130
    assert endpoint.most <= 10
    assert endpoint.keys == {"Bearer sk-test"}


def test_tokens_are_those_of_the_last_usage(endpoint: Endpoint) -> None:
    streams = load(endpoint, stream_share=1.0, requests=4)
    assert (streams.prompt_tokens, streams.completion_tokens) == (4 * 7, 4 * 9)
    assert {answer.events for answer in streams.answers} == {10}
    whole = load(endpoint, stream_share=0.0, requests=4)
    assert (whole.prompt_tokens, whole.completion_tokens) == (4 * 7, 4 * 3)


@pytest.mark.parametrize("usage", ["huge", "negative", "bool", "text", "deep"])
def test_what_is_no_number_of_tokens_counts_as_none(endpoint: Endpoint, usage: str) -> None:
    report = load(endpoint, f"usage-{usage}", stream_share=1.0, requests=2)
    assert report.count(Outcome.OK) == 2
    assert (report.prompt_tokens, report.completion_tokens) == (0, 0 if usage == "deep" else 14)


@pytest.mark.parametrize("model", ["comment", "role"])
def test_neither_a_comment_nor_the_role_alone_is_a_first_token(endpoint: Endpoint, model: str) -> None:
    report = load(endpoint, model, stream_share=1.0, requests=2)
    assert report.count(Outcome.OK) == 2
    assert all((one.first_token or 0) >= 0.3 for one in report.answers)


@pytest.mark.parametrize("model", ["packed", "unended"])
def test_answers_that_are_compressed_or_whose_last_line_has_no_end_are_read(endpoint: Endpoint, model: str) -> None:
    report = load(endpoint, model, stream_share=1.0, requests=2)
    assert report.count(Outcome.OK) == 2, report.failures
    assert report.completion_tokens == 2 * 9
    assert endpoint.coding == "identity"


def test_an_answer_has_ended_with_done_although_its_body_goes_on(endpoint: Endpoint) -> None:
    report = load(endpoint, "lingers", stream_share=1.0, requests=1, concurrency=1, timeout=20.0)
    assert (report.count(Outcome.OK), endpoint.lingering) == (1, 1)
    assert report.answers[0].latency < report.seconds - 0.5
    assert report.seconds < 20


@pytest.mark.parametrize(
    ("model", "stream", "outcome", "error"),
    [
        ("moved", 1.0, Outcome.FAILED, "redirects to https://llm.example.com/v1/chat/completions"),
        ("bare", 1.0, Outcome.FAILED, "502 Bad Gateway"),
        ("whole", 1.0, Outcome.BROKEN, "no stream of events but a body of application/json"),
        ("endless", 1.0, Outcome.BROKEN, "without [DONE]"),
        ("cut", 1.0, Outcome.BROKEN, "Payload"),
        ("error", 1.0, Outcome.BROKEN, "500: engine died"),
        ("done", 1.0, Outcome.BROKEN, "no event"),
        ("empty", 0.0, Outcome.BROKEN, "no choices"),
        ("busy", 0.5, Outcome.FAILED, "rate_limit_exceeded: too many requests"),
        ("gone", 0.0, Outcome.FAILED, "Disconnected"),
    ],
)
def test_what_is_no_complete_answer_never_counts_as_one(
    endpoint: Endpoint, model: str, stream: float, outcome: Outcome, error: str
) -> None:
    report = load(endpoint, model, stream_share=stream, requests=6)
    assert report.count(outcome) == len(report.lost) == 6
    assert all(error in cause for cause in report.failures)


def test_retry_after_is_reported(endpoint: Endpoint) -> None:
    report = load(endpoint, "busy", requests=6)
    assert report.retry_after == {"429: 2": 6}
    assert "6 x Retry-After of 429: 2 s" in report.lines()


def test_aborted_streams_close_their_connection(endpoint: Endpoint) -> None:
    endpoint.gone = 0
    report = load(endpoint, "stays", abort_share=1.0, stream_share=1.0, requests=10)
    assert report.count(Outcome.ABORTED) == 10
    assert all(0 < answer.events < 10 for answer in report.answers)
    assert not report.lost


def test_aborted_whole_requests_and_timeouts(endpoint: Endpoint) -> None:
    assert load(endpoint, "hangs", abort_share=1.0, stream_share=0.0, requests=5).count(Outcome.ABORTED) == 5
    late = load(endpoint, "hangs", stream_share=0.0, requests=5, timeout=0.1)
    assert late.count(Outcome.FAILED) == 5
    assert "Timeout" in next(iter(late.failures))


def test_nothing_listens() -> None:
    report = run(Plan(targets=[Target(url="http://127.0.0.1:9", model="m")], concurrency=2, requests=4))
    assert report.count(Outcome.FAILED) == 4
    assert report.to_json()["latency_ms"] is None


def test_open_loop_does_not_wait_for_answers(endpoint: Endpoint) -> None:
    # The first is answered when the ninth is there, so that a loop which waits for it comes to no end.
    report = load(endpoint, "crowd", rps=50, concurrency=None, seconds=1, requests=None, stream_share=0.0)
    assert report.count(Outcome.OK) == 50
    slow = load(endpoint, "slow", rps=50, concurrency=None, seconds=0.2, requests=None, stream_share=0.0)
    assert slow.seconds > 0.2 + 0.2
    median = slow.latency(50)
    assert median is not None
    assert median >= 0.3


def test_targets_are_taken_in_turn_and_may_change(endpoint: Endpoint) -> None:
    with serving() as other:
        targets = [Target(url=one.url, model="good") for one in (endpoint, other)]
        with Running(Plan(targets=targets, concurrency=2, seconds=120)) as running:
            running.wait_for(10)
            targets.pop()
            sent = other.seen.total()
            running.wait_for(len(running.answers) + 20)
            running.stop()
            report = running.report()
        # The two that were under way may have come later.
        assert 4 <= sent <= other.seen.total() <= sent + 2
        assert not report.lost
        assert report.seconds < 60


def test_process_prints_the_report(endpoint: Endpoint) -> None:
    plan = {"targets": [{"url": endpoint.url, "model": "good"}], "concurrency": 2, "requests": 5}
    command = [sys.executable, "-m", "load"]
    done = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout)["ok"] == 5
    bad = subprocess.run(command, input=json.dumps(plan | {"rps": 1}), capture_output=True, text=True, check=False)
    assert bad.returncode == 2
    assert "rps and concurrency" in bad.stderr
