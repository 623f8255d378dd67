"""Many requests to an API server, some at a time, each until it has an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from rehearsal.controlplane.errors import AlreadyExistsError, UnreachableError
from rehearsal.nodes.api import AT_ONCE

_PAUSE_SECONDS = 0.5


async def at_once(calls: Sequence[Callable[[], Awaitable[object]]]) -> None:
    """Make all calls. One that gets no answer is made again, and what is there then was made by the lost one.

    Raises:
        KubeError: a call was refused.
    """
    turn = asyncio.Semaphore(AT_ONCE)

    async def answered(call: Callable[[], Awaitable[object]]) -> None:
        async with turn:
            while True:
                try:
                    await call()
                except UnreachableError:
                    await asyncio.sleep(_PAUSE_SECONDS)
                except AlreadyExistsError:
                    return
                else:
                    return

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(answered(call))
