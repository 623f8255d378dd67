"""Saturation of a service: a ladder of concurrencies up to where more requests at once are not answered faster, only later.

The proposed ``queue_per_replica`` is how many requests can wait for one replica at saturation so that waiting takes half of the time to
first token that is wanted: the queue, by Little's law, is the rate times the wait. AWS measured 50 to 60 requests a second of an 8B
model on one L40S and scaled at 25 waiting; with a second to the first token this is the same.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmark.figures import Figures

LARGEST_CONCURRENCY = 512
RUNG_SECONDS = 20.0
_GAIN = 0.10
"""A rung that answers less than that much more than the best before it is above saturation."""
_SATURATED = 0.95
"""Saturation is the first rung with that share of the highest rate."""
_SUCCESS = 0.99
_WAIT_SHARE = 0.5
"""Share of the time to first token that a request can spend waiting."""


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

    @classmethod
    def of(cls, concurrency: int, figures: Figures) -> "Rung":
        """The rung that a run measured."""
        return cls(
            concurrency=concurrency,
            requests_per_second=round(figures.requests_per_second, 3),
            output_tokens_per_second=round(figures.output_tokens_per_second, 3),
            success_rate=round(figures.success_rate, 4),
            ttft_p90=round(figures.ttft.p90, 6) if figures.ttft else 0.0,
            latency_p90=round(figures.latency.p90, 6) if figures.latency else 0.0,
        )


@dataclass(frozen=True, kw_only=True)
class Saturation:
    """Where a service saturates."""

    rungs: tuple[Rung, ...]
    at: Rung | None
    """The first rung with nearly the highest rate; None if the ladder ended before saturation, or no rung succeeded."""
    queue_per_replica: int | None
    """Threshold for the autoscaler: requests that wait for one replica; None without saturation."""
    ttft_seconds: float
    """Time to first token that the threshold is for."""

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)


def climb(measure: Callable[[int], Figures], *, replicas: int, ttft_seconds: float, most: int) -> Saturation:
    """Double the concurrency until two rungs in a row bring nothing, requests fail, or ``most`` is reached.

    Args:
        measure: Runs one rung.
        replicas: Pods that answered.
        ttft_seconds: Time to first token that is wanted.
        most: Largest concurrency.
    """
    rungs: list[Rung] = []
    best, idle, concurrency = 0.0, 0, 1
    while concurrency <= most:
        rung = Rung.of(concurrency, measure(concurrency))
        rungs.append(rung)
        if rung.success_rate < _SUCCESS:
            break
        idle = 0 if rung.requests_per_second > best * (1 + _GAIN) else idle + 1
        best = max(best, rung.requests_per_second)
        if idle == 2:
            break
        concurrency *= 2
    return saturation(tuple(rungs), replicas=replicas, ttft_seconds=ttft_seconds)


def saturation(rungs: tuple[Rung, ...], *, replicas: int, ttft_seconds: float) -> Saturation:
    """Where a ladder saturates, see ``climb``."""
    good = [rung for rung in rungs if rung.success_rate >= _SUCCESS]
    highest = max((rung.requests_per_second for rung in good), default=0.0)
    at = next((rung for rung in good if rung.requests_per_second >= _SATURATED * highest), None)
    # The last rung is the highest while the rate still rises: then nothing is known about saturation.
    if at is None or not highest or at is rungs[-1]:
        return Saturation(rungs=rungs, at=None, queue_per_replica=None, ttft_seconds=ttft_seconds)
    queue = max(1, math.floor(highest / replicas * ttft_seconds * _WAIT_SHARE))
    return Saturation(rungs=rungs, at=at, queue_per_replica=queue, ttft_seconds=ttft_seconds)
