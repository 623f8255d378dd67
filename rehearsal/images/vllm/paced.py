"""Tokens that take the same time each, however many requests run: the quick engine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rehearsal.images.vllm.scheduler import Scheduler


@dataclass(frozen=True)
class PacedTurn:
    """One request that runs."""

    seconds: Callable[[], float]

    async def tokens(self, count: int) -> AsyncIterator[int]:
        """One token after the other."""
        for _ in range(count):
            yield 1
            if seconds := self.seconds():
                await asyncio.sleep(seconds)


class PacedTurns:
    """Requests of a `Scheduler`, whose tokens take the same time each."""

    def __init__(self, scheduler: Scheduler, seconds: Callable[[], float]) -> None:
        """Admit nothing yet.

        Args:
            scheduler: Which requests run.
            seconds: Time that a token takes; it may change.
        """
        self._scheduler, self._seconds = scheduler, seconds

    @property
    def busy_seconds(self) -> float:
        """Time in which at least one ran."""
        return self._scheduler.busy_seconds

    @asynccontextmanager
    async def turn(self, prompt: int, wanted: int) -> AsyncIterator[PacedTurn]:
        """Wait for a slot."""
        async with self._scheduler.slot():
            yield PacedTurn(self._seconds)
