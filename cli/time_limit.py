"""A bound on the time that a command computes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from cli.console import UsageError

CPU_SECONDS = 4.0


@contextmanager
def cpu_limit(seconds: float = CPU_SECONDS) -> Iterator[None]:
    """End a computation that takes longer: no model that vLLM serves needs a tenth of it, a made-up one can need hours.

    CPU time and not the clock's counts, so that a busy machine changes nothing. Regular expressions are interrupted as well.

    Raises:
        UsageError: it took longer.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise UsageError(
            f"no answer within {seconds:g} seconds of CPU time: the configuration describes more than any model has"
        )

    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
