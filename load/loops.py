"""The two loops: open, whose requests start by the clock, and closed, whose requests start when others end."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress

import aiohttp

from load.answer import Answer
from load.exchange import Exchange, draw
from load.plan import Plan
from load.report import Report
from load.schedule import arrivals

Watcher = Callable[[Answer], None]
_Send = Callable[[float], Coroutine[None, None, None]]


async def work(plan: Plan, watch: Watcher | None, stop: asyncio.Event) -> Report:
    """Run a plan until its end or until ``stop`` is set; requests under way then still end by themselves."""
    answers: list[Answer] = []
    chance, numbers = random.Random(plan.seed), itertools.count()
    # Without a limit: an open loop must not wait for a connection.
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=plan.timeout)
    # Compressed answers arrive late, in blocks; what is compressed all the same is read.
    headers = {"Accept-Encoding": "identity"}
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as session:
        started, computed = time.monotonic(), time.thread_time()
        exchange = Exchange(plan, session, started)

        async def send(scheduled: float) -> None:
            target = plan.targets[next(numbers) % len(plan.targets)]
            answer = await exchange.send(target, draw(plan, chance), scheduled)
            answers.append(answer)
            if watch is not None:
                watch(answer)

        if plan.rps is not None and plan.seconds is not None:
            times = arrivals(plan.shape, plan.rps, plan.seconds)
            await _open(itertools.islice(times, plan.requests), send, started, stop)
        else:
            await _closed(plan, send, started, stop)
        elapsed = time.monotonic() - started
        busy = (time.thread_time() - computed) / elapsed if elapsed else 0.0
    return Report(answers=answers, seconds=elapsed, busy=busy)


async def _open(times: Iterator[float], send: _Send, started: float, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        for scheduled in times:
            with suppress(TimeoutError):
                async with asyncio.timeout(scheduled - (time.monotonic() - started)):
                    await stop.wait()
            if stop.is_set():
                return
            group.create_task(send(scheduled))


async def _closed(plan: Plan, send: _Send, started: float, stop: asyncio.Event) -> None:
    end = plan.seconds if plan.seconds is not None else float("inf")
    left = itertools.repeat(None) if plan.requests is None else itertools.repeat(None, plan.requests)

    async def worker() -> None:
        # One iterator for all workers: each takes one request from what is left.
        for _ in left:
            now = time.monotonic() - started
            if stop.is_set() or now >= end:
                return
            await send(now)

    async with asyncio.TaskGroup() as group:
        for _ in range(plan.concurrency or 1):
            group.create_task(worker())
