"""Waiting for what a sandbox does by itself."""

import time
from collections.abc import Callable
from typing import Any

SOON = 120.0
"""Seconds; nothing waits longer than it takes, and a busy machine takes several times as long."""


def soon(check: Callable[[], Any], what: str, seconds: float = SOON) -> Any:
    """What ``check`` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.2)
    return found
