"""Replicas on their way into Envoy: Kubernetes reports one as ready, and Envoy has still to read its endpoints."""

import asyncio
import contextlib
import time

import httpx

from gateway.policy.envoy_admin import EnvoyAdmin
from gateway.policy.services import Service

LONGEST_SECONDS = 10.0
"""How long is waited for Envoy at most."""
POLL_SECONDS = 0.05


class Arrivals:
    """Waits for Envoy; all requests that were held for one service share its polls."""

    def __init__(self, envoy: EnvoyAdmin) -> None:
        self._envoy = envoy
        self._polls: dict[str, asyncio.Task[None]] = {}

    async def wait(self, service: Service) -> None:
        """Wait until Envoy has an endpoint of the service, or the longest time has passed."""
        name = service.name
        poll = self._polls.get(name)
        if poll is None:
            poll = self._polls[name] = asyncio.create_task(self._poll(name))
            poll.add_done_callback(lambda _: self._polls.pop(name, None))
        # A request whose client leaves ends its own wait, not that of the others.
        await asyncio.shield(poll)

    async def _poll(self, name: str) -> None:
        gauge = f"cluster.{name}.membership_healthy"
        end = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(httpx.HTTPError):
                if (await self._envoy.stats(gauge)).get(gauge):
                    return
            await asyncio.sleep(POLL_SECONDS)
