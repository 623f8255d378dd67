"""Saturation of a service: a ladder of concurrencies up to where more requests at once are not answered faster, only later.

The proposed ``queue_per_replica`` is how many requests can wait for one replica at saturation so that waiting takes half of the time to
first token that is wanted: the queue, by Little's law, is the rate times the wait. AWS measured 50 to 60 requests a second of an 8B
model on one L40S and scaled at 25 waiting; with a second to the first token this is the same. Of an engine without metrics, Ollama, the
autoscaler counts all requests at the gateway, so those that run at saturation are in its threshold too.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from benchmark.figures import Figures
from benchmark.measure import BUSY, Run

RUNG_SECONDS = 20.0
_GAIN = 0.10
"""A rung that answers less than that much more than the best before it is above saturation."""
_SATURATED = 0.95
"""Saturation is the first rung with that share of the highest rate."""
_SUCCESS = 0.99
_WAIT_SHARE = 0.5
"""Share of the time to first token that a request can spend waiting."""
_LIMIT = "429"
_MOST_CAUSES = 3


class End(StrEnum):
    """Why a ladder ended."""

    SATURATED = "saturated"
    """Two rungs in a row brought nothing."""
    FAILURES = "failures"
    """Requests of the last rung failed."""
    MOST = "most"
    """The largest concurrency was reached."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One concurrency of the ladder."""

    concurrency: int
    requests_per_second: float
    output_tokens_per_second: float
    success_rate: float
    ttft_p90: float
    """Seconds; 0 if no request succeeded."""
    latency_p90: float
    """Seconds; 0 if no request succeeded."""
    errors: Mapping[str, int]
    """How often each failure occurred."""
    timed_out: int
    """Requests that the client gave up."""
    replicas_before: int | None
    """Replicas that were ready when it began; None where that is not known."""
    replicas_after: int | None
    """The same when it had ended."""
    client_busy: float = 0.0
    """Share of its time in which the client computed, on one core."""

    @classmethod
    def of(cls, concurrency: int, figures: Figures, before: int | None, after: int | None, busy: float = 0.0) -> "Rung":
        """The rung that a run measured."""
        return cls(
            concurrency=concurrency,
            requests_per_second=round(figures.requests_per_second, 3),
            output_tokens_per_second=round(figures.output_tokens_per_second, 3),
            success_rate=round(figures.success_rate, 4),
            ttft_p90=round(figures.ttft.p90, 6) if figures.ttft else 0.0,
            latency_p90=round(figures.latency.p90, 6) if figures.latency else 0.0,
            errors=figures.errors,
            timed_out=figures.timed_out,
            replicas_before=before,
            replicas_after=after,
            client_busy=round(busy, 3),
        )

    @property
    def failures(self) -> str:
        """What failed, by code, the most frequent first."""
        causes = [f"{count} x {cause}" for cause, count in list(self.errors.items())[:_MOST_CAUSES]]
        if further := len(self.errors) - len(causes):
            causes.append(f"{further} further causes")
        found = "; ".join([*causes, *([f"{self.timed_out} timed out"] if self.timed_out else [])])
        if any(cause.startswith(_LIMIT) for cause in self.errors):
            found += (
                " (a limit; at the gateway that of the key's tenant: raise it by `llm-platform keys tenants set TENANT "
                "--requests-per-second N --tokens-per-minute N --concurrent-requests N`)"
            )
        return found


@dataclass(frozen=True, kw_only=True)
class Saturation:
    """Where a service saturates."""

    rungs: tuple[Rung, ...]
    ended: End
    seconds: float
    """Time of a rung."""
    at: Rung | None
    """The first rung with nearly the highest rate; None if the ladder ended before saturation, or no rung succeeded."""
    requests_per_second: float
    """The highest rate of a rung whose requests succeeded; 0 without one."""
    replicas: int | None
    """Replicas that were ready from saturation on; None where that is not known, or was not one number."""
    queue_per_replica: int | None
    """Threshold for the autoscaler: requests that wait for one replica, and those that run where the autoscaler counts them; None
    without saturation, or without ``replicas``."""
    problem: str
    """Why there is no threshold; empty with one."""
    ttft_seconds: float
    """Time to first token that the threshold is for."""

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def climb(
    measure: Callable[[int], Run],
    *,
    replicas: Callable[[], int | None],
    ttft_seconds: float,
    most: int,
    seconds: float = RUNG_SECONDS,
    with_running: bool = False,
) -> Saturation:
    """Double the concurrency until two rungs in a row bring nothing, requests fail, or ``most`` is reached.

    Args:
        measure: Runs one rung.
        replicas: Counts the replicas that are ready now; None where that is not known.
        ttft_seconds: Time to first token that is wanted.
        most: Largest concurrency.
        seconds: Time of a rung.
        with_running: Whether the autoscaler counts requests that run beside those that wait.
    """
    rungs: list[Rung] = []
    best, idle, concurrency, ended = 0.0, 0, 1, End.MOST
    before = replicas()
    while concurrency <= most:
        run, after = measure(concurrency), replicas()
        rung = Rung.of(concurrency, run.figures, before, after, run.busy)
        rungs.append(rung)
        if rung.success_rate < _SUCCESS:
            ended = End.FAILURES
            break
        idle = 0 if rung.requests_per_second > best * (1 + _GAIN) else idle + 1
        best = max(best, rung.requests_per_second)
        # A rate that still rises, however slowly, has not been seen to stop.
        if idle >= 2 and _first_best(rungs) is not rung:
            ended = End.SATURATED
            break
        concurrency, before = concurrency * 2, after
    return saturation(tuple(rungs), ended=ended, ttft_seconds=ttft_seconds, seconds=seconds, with_running=with_running)


def saturation(
    rungs: tuple[Rung, ...], *, ended: End, ttft_seconds: float, seconds: float, with_running: bool
) -> Saturation:
    """Where a ladder saturates, see ``climb``."""
    good = [rung for rung in rungs if rung.success_rate >= _SUCCESS]
    highest = max((rung.requests_per_second for rung in good), default=0.0)
    at = _first_best(good)
    # The last rung is the highest while the rate still rises: then nothing is known about saturation.
    if at is None or at is good[-1]:
        at, replicas, problem = None, None, _unsaturated(rungs, good, ended)
    elif busy := next((rung for rung in good[good.index(at) :] if rung.client_busy > BUSY), None):
        at, replicas, problem = None, None, _of_the_client(busy)
    else:
        replicas, problem = _replicas(good[good.index(at) :])
    queue = None
    if at and replicas:
        running = at.concurrency if with_running else 0
        queue = max(1, math.floor((running + highest * ttft_seconds * _WAIT_SHARE) / replicas))
    return Saturation(
        rungs=rungs,
        ended=ended,
        seconds=seconds,
        at=at,
        requests_per_second=highest,
        replicas=replicas,
        queue_per_replica=queue,
        problem=problem,
        ttft_seconds=ttft_seconds,
    )


def _first_best(good: list[Rung]) -> Rung | None:
    highest = max((rung.requests_per_second for rung in good), default=0.0)
    return next((rung for rung in good if rung.requests_per_second >= _SATURATED * highest), None)


def _unsaturated(rungs: tuple[Rung, ...], good: list[Rung], ended: End) -> str:
    last = rungs[-1]
    if ended is End.FAILURES:
        when = "before the rate stopped rising" if good else "which is the least"
        return f"requests failed at {last.concurrency} at once, {when}: {last.failures}"
    return f"the rate still rises at {last.concurrency} at once: raise --max-concurrency"


def _of_the_client(rung: Rung) -> str:
    return (
        f"the client computed for {rung.client_busy:.0%} of the time at {rung.concurrency} at once, on one core, so the rate may be its own: sweep "
        "from a faster machine, or a service with fewer replicas"
    )


def _replicas(rungs: list[Rung]) -> tuple[int | None, str]:
    """How many replicas answered these rungs, or why that is not known."""
    counts = [count for rung in rungs for count in (rung.replicas_before, rung.replicas_after)]
    known = [count for count in counts if count]
    if len(known) < len(counts):
        return (
            None,
            "how many replicas answered is not known: give --replicas, or --context of the cluster with --stack",
        )
    if len(set(known)) > 1:
        return None, (
            f"there were {min(known)} to {max(known)} ready replicas meanwhile: pause the autoscaler (docs/benchmark.md), and sweep again"
        )
    return known[0], ""
