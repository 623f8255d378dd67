"""Times on the command line."""

import pytest

from cli.console import UsageError
from rehearsal.durations import seconds_of


@pytest.mark.parametrize(("text", "expected"), [("30", 30), ("1.5s", 1.5), ("2m", 120), ("1h", 3600)])
def test_times(text: str, expected: float) -> None:
    assert seconds_of("--for", text) == expected


@pytest.mark.parametrize("text", ["", "0s", "-1", "1 day", "s"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError, match="--range"):
        seconds_of("--range", text)
