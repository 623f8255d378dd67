"""Saturation of servers whose rate is known for each concurrency."""

import pytest

from benchmark.figures import Figures
from benchmark.sweep import climb


class Server:
    """Answers ``most`` requests a second at most, one at a time in 0.1 s; fails above ``breaks`` at once."""

    def __init__(self, most: float, breaks: int = 10_000) -> None:
        self.most, self.breaks, self.seen = most, breaks, list[int]()

    def measure(self, concurrency: int) -> Figures:
        self.seen.append(concurrency)
        rate = min(self.most, concurrency / 0.1)
        bad = concurrency > self.breaks
        return Figures(
            requests=1000,
            succeeded=500 if bad else 1000,
            timed_out=0,
            errors={"503: busy": 500} if bad else {},
            seconds=1000 / rate,
            latency=None,
            ttft=None,
            inter_token=None,
            prompt_tokens=0,
            completion_tokens=0,
        )


def test_the_ladder_ends_two_rungs_after_saturation() -> None:
    """AWS's 8B on one L40S: 50 requests a second, and 25 waiting."""
    server = Server(most=50)
    found = climb(server.measure, replicas=1, ttft_seconds=1.0, most=512)
    assert server.seen == [1, 2, 4, 8, 16, 32]
    assert found.at is not None
    assert (found.at.concurrency, found.at.requests_per_second) == (8, 50.0)
    assert found.queue_per_replica == 25


@pytest.mark.parametrize(("replicas", "ttft", "queue"), [(2, 1.0, 12), (1, 3.0, 75), (1, 0.05, 1), (4, 2.0, 12)])
def test_the_queue_is_of_one_replica_and_of_the_time_that_is_wanted(replicas: int, ttft: float, queue: int) -> None:
    assert climb(Server(50).measure, replicas=replicas, ttft_seconds=ttft, most=512).queue_per_replica == queue


def test_nothing_is_proposed_where_the_rate_still_rises() -> None:
    found = climb(Server(1e9).measure, replicas=1, ttft_seconds=1.0, most=64)
    assert (found.at, found.queue_per_replica, len(found.rungs)) == (None, None, 7)


def test_a_rung_with_failures_ends_the_ladder_and_is_not_saturation() -> None:
    server = Server(50, breaks=8)
    found = climb(server.measure, replicas=1, ttft_seconds=1.0, most=512)
    assert server.seen == [1, 2, 4, 8, 16]
    assert found.at is not None
    assert found.at.concurrency == 8


def test_a_server_that_always_fails() -> None:
    found = climb(Server(50, breaks=0).measure, replicas=1, ttft_seconds=1.0, most=512)
    assert (found.at, len(found.rungs)) == (None, 1)
