"""Requests that wait for a slot run in the order in which they came."""

import asyncio

import pytest

from rehearsal.images.vllm.scheduler import Scheduler
from tests.waiting import until_true


class Engine:
    """A scheduler whose requests run until they are let go."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.numbers = (0, 0)
        self.order: list[str] = []
        self.go: dict[str, asyncio.Event] = {}
        self.scheduler = Scheduler(lambda: self.slots, self.changed)

    def changed(self, running: int, waiting: int) -> None:
        self.numbers = (running, waiting)

    def send(self, name: str) -> asyncio.Task[None]:
        self.go[name] = asyncio.Event()
        return asyncio.create_task(self.request(name))

    async def request(self, name: str) -> None:
        async with self.scheduler.slot():
            self.order.append(name)
            await self.go[name].wait()


def test_more_requests_than_slots() -> None:
    async def run() -> None:
        engine = Engine(2)
        tasks = [engine.send(name) for name in "abcd"]
        await until_true(lambda: engine.numbers == (2, 2))
        assert engine.order == ["a", "b"]
        engine.go["b"].set()
        await until_true(lambda: engine.numbers == (2, 1))
        for event in engine.go.values():
            event.set()
        await asyncio.gather(*tasks)
        assert engine.order == ["a", "b", "c", "d"]
        assert engine.numbers == (0, 0)
        assert engine.scheduler.busy_seconds > 0
        before = engine.scheduler.busy_seconds
        await asyncio.sleep(0.02)
        assert engine.scheduler.busy_seconds == before

    asyncio.run(run())


def test_a_client_that_leaves_while_it_waits_frees_its_place() -> None:
    async def run() -> None:
        engine = Engine(1)
        first, second, third = (engine.send(name) for name in "abc")
        await until_true(lambda: engine.numbers == (1, 2))
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert engine.numbers == (1, 1)
        engine.go["a"].set()
        engine.go["c"].set()
        await asyncio.gather(first, third)
        assert engine.order == ["a", "c"]

    asyncio.run(run())


def test_slots_that_become_more() -> None:
    async def run() -> None:
        engine = Engine(1)
        tasks = [engine.send(name) for name in "ab"]
        await until_true(lambda: engine.numbers == (1, 1))
        engine.slots = 2
        await until_true(lambda: engine.numbers == (2, 0))
        for event in engine.go.values():
            event.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
