"""Sockets that nothing closes."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_aborted() -> Iterator[None]:
    """Collect, at the end, the sockets of requests that were aborted while aiohttp connected, which it leaves to the garbage collector.

    Else another test, in which they are found, ends with a warning about them. A test that fails has them too.
    """
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
