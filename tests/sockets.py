"""Sockets that nothing closes."""

import gc
import warnings


def collect_aborted() -> None:
    """Collect the sockets of requests that were aborted while aiohttp connected, which it leaves to the garbage collector.

    Else another test, in which they are found, ends with a warning about them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
