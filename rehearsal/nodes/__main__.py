"""``python -m rehearsal.nodes``: the node agent of the sandbox in the environment."""

import asyncio
import logging
import signal
import sys

from rehearsal.nodes.agent import run
from rehearsal.sandbox import Sandbox


async def _main() -> None:
    task = asyncio.ensure_future(run(Sandbox.current()))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logging.getLogger(__name__).info("leaving; the containers end with this process")


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(_main())
