"""Times at which the requests of an open loop start."""

import math
from collections.abc import Iterator

SPIKE_FACTOR = 5
"""A spike has so many times the rate, during the middle fifth of the time."""


def arrivals(shape: str, rps: float, seconds: float) -> Iterator[float]:
    """Seconds from the start at which a request starts, in order.

    Args:
        shape: ``steady``: ``rps`` all the time. ``spike``: ``rps``, and `SPIKE_FACTOR` times that in the middle fifth.
            ``ramp``: from 0 to ``rps`` in a straight line.
        rps: Requests a second.
        seconds: How long.
    """
    if shape == "ramp":
        # Requests until t: rps * t^2 / (2 * seconds).
        yield from (math.sqrt(2 * seconds * number / rps) for number in range(math.ceil(rps * seconds / 2)))
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
