"""A range of values as a line of text."""

import math
from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_GAP = " "


def sparkline(values: Sequence[float], *, width: int = 40) -> str:
    """Bars from the least to the greatest value; a value that is not a number is a gap.

    Args:
        values: Oldest first.
        width: Most characters; beyond that, each is the mean of its part.
    """
    shown = _thinned(values, width)
    known = [value for value in shown if math.isfinite(value)]
    if not known:
        return _GAP * len(shown)
    least, span = min(known), max(known) - min(known)
    return "".join(_bar(value, least, span) for value in shown)


def _bar(value: float, least: float, span: float) -> str:
    if not math.isfinite(value):
        return _GAP
    return _BARS[int((value - least) / span * (len(_BARS) - 1) + 0.5)] if span else _BARS[0]


def _thinned(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    parts = [values[len(values) * number // width : len(values) * (number + 1) // width] for number in range(width)]
    return [_mean(part) for part in parts]


def _mean(part: Sequence[float]) -> float:
    known = [value for value in part if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan
