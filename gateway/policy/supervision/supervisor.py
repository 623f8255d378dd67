"""Supervisor: keeps the policy's processes running, and serves metrics and the drain.

It has no part in a request. Its own end ends the processes too, and the kubelet starts the container again.
"""

import asyncio
import logging
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx

from gateway.config import Config
from gateway.policy import exposition
from gateway.policy.envoy_admin import EnvoyAdmin
from gateway.policy.supervision.children import PROCESSES, RESPONSES, Children
from gateway.policy.supervision.drain import Drain
from gateway.policy.supervision.http import TEXT, Answer, serve

METRICS_FOLDER = "metrics"
"""Folder with the processes' metrics, in the configuration's folder."""
_PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Supervisor:
    """Keeps the policy's processes running until SIGTERM, and serves their metrics, Envoy's, and the drain of the pod."""

    def __init__(self, config: Config, path: Path) -> None:
        self._config = config
        self._metrics = config.folder / METRICS_FOLDER
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(self._metrics)}
        self._children = Children(path, environment, self._ended)
        self._numbers = (*PROCESSES, *((RESPONSES,) if config.response_logs else ()))
        self._envoy = EnvoyAdmin(config.admin)
        self._drain = Drain(self._envoy, config.drain_seconds, self._children.drain)

    async def run(self) -> None:
        """Run until SIGTERM.

        Raises:
            OSError: a port is taken, the folder cannot be written, or no process can be started.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        # Counters begin at 0 with a new container, as Prometheus expects of a new process.
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir(parents=True)
        routes = {"/metrics": self._own_metrics, "/stats/prometheus": self._envoy_metrics}
        servers = [
            await serve(self._config.bind, self._config.metrics, routes),
            await serve(self._config.bind, self._config.drain, {"/drain": self._drained}),
        ]
        keeping = [asyncio.create_task(self._children.keep(number)) for number in self._numbers]
        try:
            await _first(asyncio.create_task(stop.wait()), *keeping)
            logging.getLogger(__name__).info("SIGTERM: the processes write what is left and end")
        finally:
            await self._children.stop()
            await asyncio.gather(*keeping, return_exceptions=True)
            for server in servers:
                server.close()

    def _ended(self, number: int) -> None:
        exposition.ended(self._metrics, number)

    async def _own_metrics(self) -> Answer:
        return 200, _PROMETHEUS_TEXT, exposition.text(self._metrics)

    async def _envoy_metrics(self) -> Answer:
        try:
            return 200, _PROMETHEUS_TEXT, await self._envoy.prometheus()
        except httpx.HTTPError as error:
            return 502, TEXT, f"Envoy's admin interface does not answer: {type(error).__name__}\n"

    async def _drained(self) -> Answer:
        return 200, TEXT, await self._drain.drained() + "\n"


async def _first(*tasks: asyncio.Task[Any]) -> None:
    """Wait for the first task to end.

    Raises:
        OSError: as that task.
    """
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def run(config: Config, path: Path) -> None:
    """Supervise the policy of the configuration in the file `path` until SIGTERM.

    Raises:
        OSError: a port is taken, or the folder cannot be written.
    """
    asyncio.run(Supervisor(config, path).run())
