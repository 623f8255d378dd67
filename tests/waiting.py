"""Waiting for what another thread, process or task does."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")
SECONDS = 60.0
"""Long on a slow machine, too: a test that passes never waits so long."""


def until(check: Callable[[], _Found], what: str = "what is waited for", seconds: float = SECONDS) -> _Found:
    """The first answer of ``check`` that is true.

    Raises:
        AssertionError: there was none in time; it says ``what``.
    """
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return found


async def until_true(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Return when ``condition`` is true, and let the other tasks run meanwhile.

    Raises:
        TimeoutError: it was not in time.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
