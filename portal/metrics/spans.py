"""Spans of time that charts show, and how fine they are. Callers choose a span and nothing else."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Span(StrEnum):
    """How far charts go back."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True)
class Grid:
    """The moments of a chart."""

    seconds: int
    """From the first to the last."""
    step: int
    """Seconds between two of them; they are whole multiples of it since 1970."""
    window: int
    """Seconds before each moment that its value is made of, four scrapes of 30 s at least."""
    fresh: float
    """Seconds that a look counts."""

    @property
    def points(self) -> int:
        """Number of moments."""
        return self.seconds // self.step + 1

    def end(self, now: float) -> int:
        """The last moment that is over, in seconds since 1970."""
        return int(now) // self.step * self.step


GRIDS: Final = {
    Span.HOUR: Grid(seconds=3600, step=60, window=120, fresh=15.0),
    Span.DAY: Grid(seconds=86400, step=900, window=900, fresh=60.0),
}
