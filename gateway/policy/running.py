"""What each process of the policy does to run: tasks without an end, a socket for Envoy, discovery, signs of life."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway.config import Config
from gateway.policy.discovery import file
from gateway.policy.discovery.kubernetes.api import KubernetesApi
from gateway.policy.discovery.kubernetes.discovery import KubernetesDiscovery
from gateway.policy.services import Catalog

_log = logging.getLogger(__name__)


async def for_ever(name: str, task: Callable[[], Awaitable[None]]) -> None:
    """Run a task that has no end; one that fails is reported and started again."""
    while True:
        try:
            await task()
        except Exception:  # noqa: BLE001 - a part that ended for good would stop the gateway unseen
            _log.exception("%s failed and starts again", name)
        await asyncio.sleep(1)


async def signs_of_life() -> None:
    """Write a byte to the supervisor's pipe every second: an event loop that is stuck does not."""
    while True:
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(sys.stdout.fileno(), b".")
        await asyncio.sleep(1)


async def listen(path: Path, start: Callable[[Path], Awaitable[None]]) -> None:
    """Let a server listen on a Unix socket that Envoy, another user of the same group, may open.

    Raises:
        OSError: it cannot be made.
    """
    _make_room(path)
    before = os.umask(0o007)
    try:
        await start(path)
    finally:
        os.umask(before)


def _make_room(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)


async def discover(config: Config, catalog: Catalog) -> None:
    """Keep the catalog as the configuration's discovery finds the services, for ever."""
    if config.discovery is not None:
        await file.follow(config.discovery, catalog.replace)
    else:
        discovery = KubernetesDiscovery(KubernetesApi.of_pod(), config.namespace, config.stack)
        await discovery.follow(catalog.replace)
