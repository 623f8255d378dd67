"""The process that writes response logs. It decides on no request: while it is slow, or away, nothing else is."""

import asyncio
import contextlib
import os
import signal
import sys
from functools import partial

from gateway.config import Config
from gateway.policy import metrics
from gateway.policy.responses.delivery import Delivery, firehose
from gateway.policy.responses.exchange import MOST_MESSAGE_BYTES, Exchange, Held
from gateway.policy.rpc.observing import ObservingServer
from gateway.policy.running import discover, for_ever, listen, signs_of_life
from gateway.policy.services import Catalog

FINISH_SECONDS = 8.0
"""How long a process that ends goes on sending."""
REASONS = ("memory", "size", "queue", "firehose", "error")
"""Why a response with consent is not logged."""


async def _work(config: Config, stream: str) -> None:
    stop, catalog = asyncio.Event(), Catalog()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: None)  # a drain: nothing is held here
    os.set_blocking(sys.stdout.fileno(), False)
    for reason in REASONS:
        metrics.RESPONSES_DROPPED.labels(reason)  # a series from the start, so that a first drop is an increase
    delivery = Delivery(firehose(config.region), stream)
    held = Held()
    server = ObservingServer(lambda: Exchange(catalog, held, delivery.put), MOST_MESSAGE_BYTES)
    await listen(config.responses_socket, server.start)
    tasks = [
        asyncio.create_task(for_ever(name, task))
        for name, task in (
            ("discovery", partial(discover, config, catalog)),
            ("delivery", delivery.run),
            ("signs of life", signs_of_life),
        )
    ]
    await stop.wait()
    server.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FINISH_SECONDS):
            await delivery.flush()
    delivery.drop_rest()


def run(config: Config) -> None:
    """Write response logs until SIGTERM.

    Raises:
        ValueError: the configuration has no stream.
    """
    if config.response_logs is None:
        raise ValueError("response_logs: needed by the process that writes them")
    asyncio.run(_work(config, config.response_logs.stream))
