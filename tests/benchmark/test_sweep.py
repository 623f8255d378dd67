"""Saturation of servers whose rate is known for each concurrency."""

import dataclasses

import pytest

from benchmark.figures import Figures
from benchmark.measure import Loop, Run
from benchmark.sweep import End, Rung, climb
from benchmark.workloads import synthetic


class Server:
    """Answers ``most`` requests a second at most, one at a time in 0.1 s; fails above ``breaks`` at once."""

    def __init__(self, most: float, breaks: int = 10_000, error: str = "503: busy") -> None:
        self.most, self.breaks, self.error, self.seen = most, breaks, error, list[int]()

    def measure(self, concurrency: int) -> Run:
        self.seen.append(concurrency)
        rate = min(self.most, concurrency / 0.1)
        bad = concurrency > self.breaks
        figures = Figures(
            requests=1000,
            succeeded=500 if bad else 1000,
            timed_out=0,
            errors={self.error: 500} if bad else {},
            seconds=1000 / rate,
            latency=None,
            ttft=None,
            inter_token=None,
            prompt_tokens=0,
            completion_tokens=0,
        )
        return Run(workload=synthetic(), loop=Loop(), figures=figures, late=0.0, busy=self.busy(rate))

    def busy(self, rate: float) -> float:
        return 0.001 * rate


def test_a_rate_that_may_be_the_clients_own_is_no_saturation() -> None:
    """What one core of it can send and read at most looks like a server's saturation."""

    class Fast(Server):
        def busy(self, rate: float) -> float:
            return 0.95 * rate / self.most

    found = climb(Fast(400).measure, replicas=lambda: 8, ttft_seconds=1.0, most=512)
    assert (found.at, found.queue_per_replica, found.ended) == (None, None, End.SATURATED)
    assert found.problem.startswith(
        "the client computed for 95% of the time at 64 at once, on one core, so the rate may be its own"
    )
    assert climb(Server(400).measure, replicas=lambda: 8, ttft_seconds=1.0, most=512).queue_per_replica == 25


def test_the_ladder_ends_two_rungs_after_saturation() -> None:
    """AWS's 8B on one L40S: 50 requests a second, and 25 waiting."""
    server = Server(most=50)
    found = climb(server.measure, replicas=lambda: 1, ttft_seconds=1.0, most=512)
    assert server.seen == [1, 2, 4, 8, 16, 32]
    assert found.at is not None
    assert (found.at.concurrency, found.at.requests_per_second) == (8, 50.0)
    assert found.queue_per_replica == 25


@pytest.mark.parametrize(("replicas", "ttft", "queue"), [(2, 1.0, 12), (1, 3.0, 75), (1, 0.05, 1), (4, 2.0, 12)])
def test_the_queue_is_of_one_replica_and_of_the_time_that_is_wanted(replicas: int, ttft: float, queue: int) -> None:
    assert climb(Server(50).measure, replicas=lambda: replicas, ttft_seconds=ttft, most=512).queue_per_replica == queue


@pytest.mark.parametrize(("replicas", "queue"), [(1, 8 + 25), (2, 4 + 12)])
def test_requests_that_run_are_in_a_threshold_that_counts_them(replicas: int, queue: int) -> None:
    found = climb(Server(50).measure, replicas=lambda: replicas, ttft_seconds=1.0, most=512, with_running=True)
    assert found.at is not None
    assert (found.at.concurrency, found.queue_per_replica) == (8, queue)


def test_nothing_is_proposed_where_the_rate_still_rises() -> None:
    found = climb(Server(1e9).measure, replicas=lambda: 1, ttft_seconds=1.0, most=64)
    assert (found.at, found.queue_per_replica, len(found.rungs)) == (None, None, 7)
    assert found.problem == "the rate still rises at 64 at once: raise --max-concurrency"


def test_a_rate_that_rises_slowly_has_not_saturated() -> None:
    class Slow(Server):
        def measure(self, concurrency: int) -> Run:
            self.most = 50 * concurrency**0.1
            return super().measure(concurrency)

    found = climb(Slow(50).measure, replicas=lambda: 1, ttft_seconds=1.0, most=64)
    assert (found.at, found.ended, len(found.rungs)) == (None, End.MOST, 7)


def test_failures_while_the_rate_rises_are_not_saturation() -> None:
    """The default limit of a tenant is 10 requests a second."""
    server = Server(1e9, breaks=8, error="429: rate_limit_exceeded: Limit of 10 requests a second.")
    found = climb(server.measure, replicas=lambda: 1, ttft_seconds=1.0, most=512)
    assert server.seen == [1, 2, 4, 8, 16]
    assert (found.at, found.queue_per_replica, found.ended) == (None, None, End.FAILURES)
    assert found.problem.startswith(
        "requests failed at 16 at once, before the rate stopped rising: 500 x 429: rate_limit_exceeded: Limit of 10 requests"
    )
    assert "llm-platform keys tenants set TENANT --requests-per-second N" in found.problem


def test_the_first_rung_without_gain_may_be_the_last_good_one() -> None:
    found = climb(Server(50, breaks=8).measure, replicas=lambda: 1, ttft_seconds=1.0, most=512)
    assert found.problem == "requests failed at 16 at once, before the rate stopped rising: 500 x 503: busy"


def test_many_causes_of_failures_are_a_line() -> None:
    errors = {f"429: reserves {number}": 9 - number for number in range(5)}
    figures = dataclasses.replace(Server(50, breaks=0).measure(1).figures, errors=errors, timed_out=2)
    found = Rung.of(1, figures, 1, 1).failures
    assert found.startswith(
        "9 x 429: reserves 0; 8 x 429: reserves 1; 7 x 429: reserves 2; 2 further causes; 2 timed out (a limit; at the gateway"
    )


@pytest.mark.parametrize(
    ("errors", "limit"), [({"503: busy": 3, "429: full": 1}, True), ({"503: busy": 3}, False), ({}, False)]
)
def test_a_limit_among_other_failures_is_named_with_its_fix(errors: dict[str, int], *, limit: bool) -> None:
    figures = dataclasses.replace(Server(50, breaks=0).measure(1).figures, errors=errors, timed_out=1)
    found = Rung.of(1, figures, 1, 1).failures
    assert found.startswith("3 x 503: busy; " if errors else "1 timed out")
    assert ("raise it by `llm-platform keys tenants set" in found) is limit


def test_failures_beyond_saturation_leave_it() -> None:
    server = Server(50, breaks=16)
    found = climb(server.measure, replicas=lambda: 1, ttft_seconds=1.0, most=512)
    assert server.seen == [1, 2, 4, 8, 16, 32]
    assert found.at is not None
    assert (found.at.concurrency, found.queue_per_replica) == (8, 25)


class Scaled:
    """Replicas by the number of times that they are counted."""

    def __init__(self, *counts: int | None) -> None:
        self.counts = list(counts)

    def __call__(self) -> int | None:
        return self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]


def test_the_rate_is_divided_by_the_replicas_that_answered() -> None:
    """An autoscaled service has 3 of them from the third rung on, and its settings 1."""
    found = climb(Server(150).measure, replicas=Scaled(1, 1, 1, 3), ttft_seconds=1.0, most=512)
    assert (found.replicas, found.queue_per_replica) == (3, 25)
    assert [(one.replicas_before, one.replicas_after) for one in found.rungs][1:4] == [(1, 1), (1, 3), (3, 3)]


@pytest.mark.parametrize(
    ("counts", "problem"),
    [
        ([None], "how many replicas answered is not known: give --replicas"),
        ([0], "how many replicas answered is not known: give --replicas"),
        ([1, 1, 1, 1, 1, 1, 3], "there were 1 to 3 ready replicas meanwhile: pause the autoscaler"),
        ([1, 1, 1, 1, 1, None], "how many replicas answered is not known"),
    ],
)
def test_no_threshold_without_one_number_of_replicas(counts: list[int | None], problem: str) -> None:
    found = climb(Server(50).measure, replicas=Scaled(*counts), ttft_seconds=1.0, most=512)
    assert found.at is not None
    assert (found.replicas, found.queue_per_replica) == (None, None)
    assert found.problem.startswith(problem)


def test_a_server_that_always_fails() -> None:
    found = climb(Server(50, breaks=0).measure, replicas=lambda: 1, ttft_seconds=1.0, most=512)
    assert (found.at, len(found.rungs)) == (None, 1)
