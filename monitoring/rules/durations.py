"""Durations in PromQL text: read, written, and scaled for a rehearsal, where hours pass in seconds."""

import re

_UNITS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
"""Milliseconds by unit, as Prometheus has them: a year has 365 days."""
_ONE = r"\d+(?:ms|[smhdwy])"
_DURATION = re.compile(rf"(?:{_ONE})+")
_TOKEN = re.compile(
    rf"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')  # a string, such as a matcher's value
    |(?P<name>[A-Za-z_][\w:]*)                          # a name, which may end like a duration: ttft_p95
    |(?P<duration>(?:{_ONE})+(?![\w.]))""",
    re.VERBOSE,
)


def milliseconds(duration: str) -> int:
    """Length of a duration of Prometheus, such as ``1h30m``.

    Raises:
        ValueError: it is not a duration.
    """
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"{duration!r} is not a duration: write it like 30s, 5m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))


def scaled(duration: str, factor: float) -> str:
    """That part of a duration, to the millisecond and never zero; with factor 1 the text as it is."""
    if factor == 1:
        return duration
    left = max(1, round(milliseconds(duration) * factor))
    parts = []
    for unit, size in _UNITS.items():
        if unit not in {"y", "w"} and left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts)


def scaled_in(expression: str, factor: float) -> str:
    """The expression with every duration scaled: ranges, subqueries, offsets and durations used as numbers."""
    if factor == 1:
        return expression
    return _TOKEN.sub(lambda found: scaled(found[0], factor) if found["duration"] else found[0], expression)
