"""Requests whose tokens are made when the simulated engine makes them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rehearsal.images.vllm.simulation.batch import Batch, Sequence
from rehearsal.images.vllm.simulation.speed import Speed

_TICK_SECONDS = 0.02


class SimulatedTurn:
    """One request that runs."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        self.moved = asyncio.Event()
        self._given = 0

    async def tokens(self, count: int) -> AsyncIterator[int]:
        """Tokens as steps make them: several at once where several steps passed meanwhile."""
        end = self._given + count
        while self._given < end:
            more = min(self.sequence.made, end) - self._given
            if more:
                self._given += more
                yield more
                continue
            self.moved.clear()
            await self.moved.wait()


class SimulatedTurns:
    """The requests of one engine, advanced by this machine's clock divided by the factor on time."""

    def __init__(
        self, speed: Speed, *, slots: Callable[[], int], changed: Callable[[int, int], None], scale: float
    ) -> None:
        """Admit nothing yet.

        Args:
            speed: Of the engine.
            slots: How many requests may run at once; it may change.
            changed: Gets the numbers of those that run and that wait, whenever they change.
            scale: Factor on durations: with 0.02, a step of 50 ms takes 1 ms.
        """
        self._batch = Batch(speed, slots)
        self._changed, self._scale = changed, scale
        self._turns: dict[Sequence, SimulatedTurn] = {}
        self._numbers = (0, 0)
        self._ticking: asyncio.Task[None] | None = None
        self._busy = 0.0

    @property
    def busy_seconds(self) -> float:
        """Time in which at least one ran."""
        return self._busy

    @asynccontextmanager
    async def turn(self, prompt: int, wanted: int) -> AsyncIterator[SimulatedTurn]:
        """Wait until a request runs."""
        turn = SimulatedTurn(Sequence(prompt=prompt, wanted=wanted))
        self._turns[turn.sequence] = turn
        self._batch.add(turn.sequence)
        self._advance(0.0)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.create_task(self._tick())
        try:
            while turn.sequence in self._batch.waiting:
                turn.moved.clear()
                await turn.moved.wait()
            yield turn
        finally:
            del self._turns[turn.sequence]
            self._batch.remove(turn.sequence)
            self._note()

    async def _tick(self) -> None:
        """Let time pass until no request is left."""
        last = time.monotonic()
        while self._turns:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            self._advance(now - last)
            last = now

    def _advance(self, seconds: float) -> None:
        if self._batch.running:
            self._busy += seconds
        self._batch.advance(seconds / self._scale)
        self._note()
        for turn in self._turns.values():
            turn.moved.set()

    def _note(self) -> None:
        numbers = (len(self._batch.running), len(self._batch.waiting))
        if numbers != self._numbers:
            self._numbers = numbers
            self._changed(*numbers)
