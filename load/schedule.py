"""Times at which the requests of an open loop start."""

import math
from collections.abc import Iterator

SPIKE_FACTOR = 5
"""A spike has so many times the rate, during the middle fifth of the time."""
_EXACT_SECONDS = 1e-6
NIGHT_SHARE = 0.1
"""A day begins and ends with this share of the rate, which it has at noon."""


def arrivals(shape: str, rps: float, seconds: float) -> Iterator[float]:
    """Seconds from the start at which a request starts, in order.

    Args:
        shape: ``steady``: ``rps`` all the time. ``spike``: ``rps``, and `SPIKE_FACTOR` times that in the middle fifth.
            ``ramp``: from 0 to ``rps`` in a straight line. ``day``: from midnight with `NIGHT_SHARE` of ``rps`` over noon with
            all of it to midnight, in the line of a cosine.
        rps: Requests a second.
        seconds: How long.
    """
    if shape == "ramp":
        # Requests until t: rps * t^2 / (2 * seconds).
        yield from (math.sqrt(2 * seconds * number / rps) for number in range(math.ceil(rps * seconds / 2)))
        return
    if shape == "day":
        yield from _day(rps, seconds)
        return
    pieces = [(seconds, rps)]
    if shape == "spike":
        pieces = [(seconds * 2 / 5, rps), (seconds / 5, rps * SPIKE_FACTOR), (seconds * 2 / 5, rps)]
    begin, next_one = 0.0, 0.0
    for length, rate in pieces:
        # What is missing until the next request is a part of one; it passes faster where the rate is higher.
        at = begin + next_one / rate
        while at < begin + length - 1e-9:
            yield at
            at += 1 / rate
        next_one = max(0.0, (at - begin - length) * rate)
        begin += length


def _day(rps: float, seconds: float) -> Iterator[float]:
    swing = rps * (1 - NIGHT_SHARE) / 2
    mean, turn = rps - swing, 2 * math.pi / seconds

    def until(at: float) -> float:
        """Requests until then."""
        return mean * at - swing / turn * math.sin(turn * at)

    at = 0.0
    for number in range(math.ceil(until(seconds) - 1e-9)):
        # The number grows all the time, so halving finds when it is reached.
        low, high = at, seconds
        while high - low > _EXACT_SECONDS:
            middle = (low + high) / 2
            low, high = (middle, high) if until(middle) < number else (low, middle)
        at = low
        yield at
