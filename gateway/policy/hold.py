"""Requests that wait for a model without a replica: bounded in number, bytes and time, ended at once by a drain."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from gateway.policy import metrics
from gateway.policy.answers import RefusalError
from gateway.policy.services import Catalog, Service

HELD_SHARE = 0.8
"""Part of Envoy's heap that the bodies of held requests may take: below the part from which it refuses requests."""
RETRY_SECONDS = 30
"""`Retry-After` of a request that a model did not start for."""
DRAIN_RETRY_SECONDS = 1
"""`Retry-After` of a request that a drain ended: another pod can hold it."""


class Hold:
    """The waiting requests of a policy process."""

    def __init__(
        self,
        catalog: Catalog,
        seconds: float,
        most: int,
        settled: Callable[[Service], Awaitable[None]],
        *,
        most_bytes: int,
    ) -> None:
        """Hold at most `most` requests for each model for `seconds`, and of all models those whose bodies have `most_bytes`.

        `settled` waits until Envoy has a replica of the service that has one again.
        """
        self._catalog, self._seconds, self._most, self._settled = catalog, seconds, most, settled
        self._held: Counter[str] = Counter()
        self._most_bytes, self._bytes = most_bytes, 0
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """End all waiting requests with 503, and those that come."""
        self._draining.set()

    async def ready(self, service: Service, size: int) -> Service:
        """The service as soon as it has a replica, for a request whose body has `size` bytes. A cancelled wait frees its place.

        Raises:
            RefusalError: 503; it has none in time, too many requests wait, or the gateway drains.
        """
        if service.endpoints:
            return service
        full = self._held[service.name] >= self._most or self._bytes + size > self._most_bytes
        if full or not service.wakes or not self._seconds:
            raise RefusalError(
                503, "model_not_ready", f"The model `{service.name}` has no replica.", retry_after=RETRY_SECONDS
            )
        self._held[service.name] += 1
        self._bytes += size
        gauge = metrics.HELD.labels(service.name)
        gauge.inc()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._wait(service.name)
        except TimeoutError:
            message = f"The model `{service.name}` did not start within {self._seconds:g} s."
            raise RefusalError(503, "model_not_ready", message, retry_after=RETRY_SECONDS) from None
        finally:
            gauge.dec()
            self._held[service.name] -= 1
            self._bytes -= size

    async def _wait(self, name: str) -> Service:
        draining = asyncio.ensure_future(self._draining.wait())
        try:
            while True:
                changed = asyncio.ensure_future(self._catalog.change().wait())
                service = self._catalog.find(name)
                try:
                    if service is None:
                        raise RefusalError(404, "model_not_found", f"The model `{name}` was removed.")
                    if service.endpoints:
                        await self._settled(service)
                        return service
                    await asyncio.wait((changed, draining), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
                if self._draining.is_set():
                    message = "This gateway is shutting down; try again."
                    raise RefusalError(503, "gateway_draining", message, retry_after=DRAIN_RETRY_SECONDS)
        finally:
            draining.cancel()
