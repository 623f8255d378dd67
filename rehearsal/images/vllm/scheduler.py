"""Requests of an engine that run and that wait: at most ``--max-num-seqs`` run at once, the others wait in order."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

DEFAULT_SLOTS = 256
"""``SchedulerConfig.DEFAULT_MAX_NUM_SEQS`` of vLLM 0.32's API server on GPUs below 70 GiB."""
_LOOK_SECONDS = 0.2


class Scheduler:
    """Admits requests in the order in which they came.

    Attributes:
        running: Requests that run.
        busy_seconds: Time in which at least one ran.
    """

    def __init__(self, slots: Callable[[], int], changed: Callable[[int, int], None]) -> None:
        """Admit nothing yet.

        Args:
            slots: How many may run at once; it may change.
            changed: Gets the numbers of those that run and that wait, whenever they change.
        """
        self._slots, self._changed = slots, changed
        self._waiting: deque[object] = deque()
        self._moved = asyncio.Event()
        self._busy, self._since = 0.0, 0.0
        self.running = 0

    @property
    def busy_seconds(self) -> float:
        """Time in which at least one request ran."""
        return self._busy + (time.monotonic() - self._since if self.running else 0.0)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn, and run."""
        turn = object()
        self._waiting.append(turn)
        try:
            while self._waiting[0] is not turn or self.running >= self._slots():
                self._note()
                with suppress(TimeoutError):
                    # The time is for slots that become more without a request that ends.
                    await asyncio.wait_for(self._moved.wait(), _LOOK_SECONDS)
        finally:
            self._waiting.remove(turn)
            self._move()
        self._begin()
        try:
            yield
        finally:
            self._end()

    def _move(self) -> None:
        """Let all that wait look whether it is their turn."""
        self._moved.set()
        self._moved = asyncio.Event()
        self._note()

    def _begin(self) -> None:
        if not self.running:
            self._since = time.monotonic()
        self.running += 1
        self._note()

    def _end(self) -> None:
        self.running -= 1
        if not self.running:
            self._busy += time.monotonic() - self._since
        self._move()

    def _note(self) -> None:
        self._changed(self.running, len(self._waiting))
