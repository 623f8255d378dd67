"""The day it is: the only place where the program reads a clock."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day in UTC."""
    return datetime.now(tz=UTC).date()
