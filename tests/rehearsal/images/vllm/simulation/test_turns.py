"""Requests of a simulated engine over this machine's clock."""

import asyncio

from rehearsal.images.vllm.simulation.turns import SimulatedTurns
from tests.rehearsal.images.vllm.simulation.test_batch import SPEED


def turns(numbers: list[tuple[int, int]], slots: int = 1) -> SimulatedTurns:
    return SimulatedTurns(SPEED, slots=lambda: slots, changed=lambda *now: numbers.append(now), scale=0.01)


async def answered(made: SimulatedTurns, tokens: int) -> list[int]:
    async with made.turn(10, tokens) as turn:
        return [more async for more in turn.tokens(tokens)]


def test_tokens_come_as_steps_make_them():
    async def run() -> None:
        numbers: list[tuple[int, int]] = []
        made = turns(numbers)
        first, second = await asyncio.gather(answered(made, 200), answered(made, 50))
        assert (sum(first), sum(second)) == (200, 50)
        assert len(first) > 1, "a stream is no single piece"
        assert (1, 1) in numbers
        assert numbers[-1] == (0, 0)
        assert made.busy_seconds > 0
        assert await answered(made, 3), "after an idle time it goes on"

    asyncio.run(run())


def test_who_leaves_while_waiting_frees_the_place():
    async def run() -> None:
        numbers: list[tuple[int, int]] = []
        made = turns(numbers)
        tasks = [asyncio.create_task(answered(made, 10_000)) for _ in range(2)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert numbers[-1] == (0, 0)
        assert sum(await answered(made, 5)) == 5

    asyncio.run(run())
