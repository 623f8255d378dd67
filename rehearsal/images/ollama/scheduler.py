"""Ollama's scheduler: loads models, queues requests that wait for a load, gives a loaded model its parallel slots.

As in ``server/sched.go`` of 0.32: OLLAMA_MAX_QUEUE bounds the requests that wait for a load, and more are answered 503;
requests to a model that is loaded wait for one of its OLLAMA_NUM_PARALLEL slots without a bound.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from rehearsal.images.ollama.store import Model

DEFAULT_CONTEXT = 4096
DEFAULT_KEEP_ALIVE = 300.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class MaxQueueError(Exception):
    """Too many requests wait already."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The scheduler's settings."""

    parallel: int = 1
    queue: int = 512
    loaded: int = 3
    keep_alive: float = DEFAULT_KEEP_ALIVE
    context_length: int = DEFAULT_CONTEXT
    load_seconds: float = 0.0

    @classmethod
    def from_environment(cls, variables: Mapping[str, str], load_seconds: float) -> Self:
        """Read OLLAMA_*; an invalid number counts as the default, as in Ollama."""

        def number(name: str, default: int) -> int:
            text = variables.get(name, "").strip().strip("\"'")
            return int(text) if text.isdigit() else default

        return cls(
            parallel=max(1, number("OLLAMA_NUM_PARALLEL", 1)),
            queue=number("OLLAMA_MAX_QUEUE", 512),
            loaded=number("OLLAMA_MAX_LOADED_MODELS", 0) or 3,
            keep_alive=duration(variables.get("OLLAMA_KEEP_ALIVE", ""), DEFAULT_KEEP_ALIVE),
            context_length=number("OLLAMA_CONTEXT_LENGTH", 0) or DEFAULT_CONTEXT,
            load_seconds=load_seconds,
        )


def duration(value: object, default: float) -> float:
    """Seconds of ``10m``, ``24h``, ``300`` or -1 (for ever); the default where it is neither."""
    if isinstance(value, int | float):
        return float("inf") if value < 0 else float(value)
    text = str(value or "").strip().strip("\"'")
    negative, text = text.startswith("-"), text.lstrip("-")
    unit = next((unit for unit in ("ms", "s", "m", "h") if text.endswith(unit)), "")
    try:
        seconds = float(text.removesuffix(unit)) * _UNITS.get(unit, 1.0)
    except ValueError:
        return default
    return float("inf") if negative else seconds


@dataclass(eq=False)
class Runner:
    """One loaded model."""

    model: Model
    context_length: int
    slots: asyncio.Semaphore
    keep_alive: float
    used: float = field(default_factory=time.time)
    busy: int = 0

    @property
    def expires(self) -> float:
        """When it is unloaded, in seconds since the epoch."""
        return self.used + self.keep_alive


class Scheduler:
    """The loaded models."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.loaded: dict[str, Runner] = {}
        self.pending = 0
        self._turn = asyncio.Lock()

    def running(self) -> list[Runner]:
        """Loaded models, those that have expired dropped."""
        now = time.time()
        for name, runner in list(self.loaded.items()):
            if not runner.busy and runner.expires <= now:
                del self.loaded[name]
        return list(self.loaded.values())

    @asynccontextmanager
    async def slot(
        self, model: Model, context_length: int | None, keep_alive: object
    ) -> AsyncIterator[tuple[Runner, float]]:
        """A slot of the loaded model, and the seconds that loading took; a ``keep_alive`` of 0 unloads it afterwards.

        Raises:
            MaxQueueError: it is not loaded, and the queue is full.
        """
        began = time.monotonic()
        runner = await self._runner(model, context_length or self.limits.context_length)
        took = time.monotonic() - began
        if keep_alive is not None:
            runner.keep_alive = duration(keep_alive, self.limits.keep_alive)
        try:
            async with runner.slots:
                yield runner, took
        finally:
            runner.busy -= 1
            runner.used = time.time()
            self.running()

    async def _runner(self, model: Model, context_length: int) -> Runner:
        name = model.digest
        found = self._usable(name, context_length)
        if found is None:
            if self.pending >= self.limits.queue:
                raise MaxQueueError("server busy, please try again.  maximum pending requests exceeded")
            self.pending += 1
            try:
                async with self._turn:
                    found = self._usable(name, context_length) or await self._load(model, context_length)
            finally:
                self.pending -= 1
        found.busy += 1
        return found

    def _usable(self, name: str, context_length: int) -> Runner | None:
        self.running()
        found = self.loaded.get(name)
        return found if found and found.context_length == context_length else None

    async def _load(self, model: Model, context_length: int) -> Runner:
        """Load, in place of the least recently used model where too many are loaded."""
        while model.digest in self.loaded or len(self.loaded) >= self.limits.loaded:
            idle = [runner for runner in self.loaded.values() if not runner.busy]
            same = self.loaded.get(model.digest)
            victim = same if same in idle else min(idle, key=lambda each: each.used, default=None)
            if same is not None and victim is not same:
                victim = None
            if victim is None:
                await asyncio.sleep(0.01)
                continue
            del self.loaded[victim.model.digest]
        await asyncio.sleep(self.limits.load_seconds)
        made = Runner(
            model=model,
            context_length=context_length,
            slots=asyncio.Semaphore(self.limits.parallel),
            keep_alive=self.limits.keep_alive,
        )
        self.loaded[model.digest] = made
        return made
