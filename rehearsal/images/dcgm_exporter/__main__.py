"""``python -m rehearsal.images.dcgm_exporter``: emulate NVIDIA's DCGM exporter on one node."""

import argparse
import asyncio
import logging
import os
import sys
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from planner.catalog.gpus import gpu_named
from rehearsal.images.container import Container
from rehearsal.images.dcgm_exporter import EXECUTABLE, PORT, fields
from rehearsal.images.dcgm_exporter.exposition import text
from rehearsal.images.dcgm_exporter.gpus import Gpus
from rehearsal.images.gpu import faults
from rehearsal.images.gpu.use import GpuUse
from rehearsal.images.process import prepare
from rehearsal.sandbox import Sandbox

LOG = logging.getLogger(__name__)
_MIB = 1024
_CONTENT_TYPE = "text/plain; charset=utf-8"
_LONGEST_SECONDS = 1.0
"""The engines' files are read this often at least, so that a GPU is given to its container soon."""


class Exporter:
    """Samples the node and answers with the last sample."""

    def __init__(self, gpus: Gpus, shown: list[fields.Field], node: Path, *, interval: float, kubernetes: bool) -> None:
        self._gpus, self._shown, self._node = gpus, shown, node
        self._interval, self._kubernetes = min(interval, _LONGEST_SECONDS), kubernetes
        self._text = ""
        self._at = time.monotonic()

    def sample(self) -> None:
        """Take a sample."""
        now = time.monotonic()
        self._gpus.sample(GpuUse.read_all(self._node), faults.read(self._node), now - self._at)
        self._at = now
        self._text = text(self._gpus.all, self._shown, kubernetes=self._kubernetes)

    async def run(self) -> None:
        """Take samples until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(self._interval)

    def app(self) -> Starlette:
        """``/metrics`` and ``/health``."""

        async def metrics(_: Request) -> Response:
            return Response(self._text, media_type=_CONTENT_TYPE)

        async def health(_: Request) -> Response:
            return PlainTextResponse("OK")

        return Starlette(routes=[Route("/metrics", metrics), Route("/health", health)])


def main() -> None:
    """Show the node's GPUs until a signal ends it."""
    prepare()
    container = Container.current()
    options = _options(sys.argv[1:])
    if not container.node_gpus:
        raise SystemExit("Failed to initialize NVML: no NVIDIA GPU on this node")
    try:
        shown = fields.read(Path(options.collectors) if options.collectors else None)
    except fields.FieldError as error:
        raise SystemExit(f"Failed to read counters: {error}") from None
    name = options.node or container.node
    memory = round(gpu_named(container.gpu).visible_gib * _MIB)
    gpus = Gpus(container.node_gpus, node=name, model=f"NVIDIA {container.gpu}", memory_mib=memory)
    exporter = Exporter(
        gpus,
        shown,
        Sandbox.current().nodes / container.node,
        interval=options.interval / 1000,
        kubernetes=options.kubernetes,
    )
    asyncio.run(_serve(exporter, container.address, int(options.address.rpartition(":")[2])))


async def _serve(exporter: Exporter, address: str, port: int) -> None:
    exporter.sample()
    server = uvicorn.Server(
        uvicorn.Config(exporter.app(), host=address, port=port, log_level="warning", lifespan="off", ws="none")
    )
    sampling = asyncio.create_task(exporter.run())
    LOG.info("Starting webserver on port %d (emulated by the rehearsal)", port)
    await server.serve()
    sampling.cancel()


def _options(arguments: list[str]) -> argparse.Namespace:
    """Flags and variables of the exporter that are used; each has both (pkg/cmd/app.go)."""
    parser = argparse.ArgumentParser(prog=EXECUTABLE, allow_abbrev=False)
    given = os.environ
    parser.add_argument("-a", "--address", default=given.get("DCGM_EXPORTER_LISTEN", f":{PORT}"))
    parser.add_argument("-f", "--collectors", default=given.get("DCGM_EXPORTER_COLLECTORS", ""))
    parser.add_argument(
        "-c", "--collect-interval", dest="interval", type=int, default=int(given.get("DCGM_EXPORTER_INTERVAL", "30000"))
    )
    parser.add_argument(
        "-k", "--kubernetes", action="store_true", default=given.get("DCGM_EXPORTER_KUBERNETES", "") == "true"
    )
    parser.set_defaults(node=given.get("NODE_NAME", ""))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
