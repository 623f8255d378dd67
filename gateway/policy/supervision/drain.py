"""Drain of the gateway, which the kubelet requests before it ends a container (`preStop`).

Readiness fails, so that no new connection is opened; those that exist close after their next answer; held requests end; the others go
on, and new ones are served until the load balancer sends none. It is over when that time has passed and nothing runs, or
after `drain_seconds`.
"""

import asyncio
import logging
import time
from collections.abc import Callable

import httpx

from gateway.policy.envoy_admin import ACTIVE, DECIDED, EnvoyAdmin

ADMIT_SECONDS = 15.0
"""A load balancer may send new requests for this long: until its controller has deregistered the target, or two of its
health checks have failed. At most a third of the drain."""
QUIET_SECONDS = 2.0
"""How long nothing may have run or come at the end."""
POLL_SECONDS = 0.2
_log = logging.getLogger(__name__)


class Drain:
    """The drain of one pod; both of its containers request it, and get the same one."""

    def __init__(self, envoy: EnvoyAdmin, seconds: float, end_held: Callable[[], None]) -> None:
        """Take `seconds` at most; `end_held` ends held requests."""
        self._envoy, self._seconds, self._end_held = envoy, seconds, end_held
        self._running: asyncio.Task[str] | None = None

    async def drained(self) -> str:
        """Begin the drain if it has not begun, and wait for its end; how it ended, in one line."""
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        return await asyncio.shield(self._running)

    async def _drain(self) -> str:
        started = time.monotonic()
        _log.info("drain begins; %.0f s at most", self._seconds)
        self._end_held()
        admit = started + min(ADMIT_SECONDS, self._seconds / 3)
        outcome = await self._wait(admit, started + self._seconds)
        _log.info("drain ended after %.1f s: %s", time.monotonic() - started, outcome)
        return outcome

    async def _wait(self, admit: float, end: float) -> str:
        begun = False
        last, quiet_since = -1, time.monotonic()
        while (now := time.monotonic()) < end:
            try:
                if not begun:
                    await self._envoy.fail_readiness()
                    await self._envoy.drain_listeners()
                    begun = True
                stats = await self._envoy.stats(ACTIVE, DECIDED)
            except httpx.ConnectError:
                return "Envoy has ended"
            except httpx.HTTPError as error:
                _log.warning("Envoy's admin interface: %s", type(error).__name__)
            else:
                if stats.get(ACTIVE, 0) or stats.get(DECIDED, 0) != last:
                    last, quiet_since = stats.get(DECIDED, 0), now
                elif now >= admit and now - quiet_since >= QUIET_SECONDS:
                    return "no request runs"
            await asyncio.sleep(POLL_SECONDS)
        return "requests still run"
