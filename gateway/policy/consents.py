"""Which tenants agree to response logs, read from the table in the background: no request waits for it."""

import asyncio
import time
from collections.abc import Callable

from gateway.policy import metrics
from gateway.policy.records import TableThreads
from gateway.policy.services import Catalog
from gateway.store import consents
from gateway.store.table import TableError

READ_SECONDS = 5.0
"""How often they are read: so long after a tenant withdrew its consent, none of its responses is logged any more."""
STALE_SECONDS = 60.0
"""How long they are believed while the table does not answer."""


class Consents:
    """The tenants with a consent, of those that services name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._given: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    def given(self, tenant: str) -> bool:
        """Whether the tenant agrees, as far as is known."""
        return tenant in self._given and self._clock() - self._read_at < STALE_SECONDS

    async def follow(self, catalog: Catalog, threads: TableThreads) -> None:
        """Read them for ever, those of the tenants that the catalog's services name."""
        while True:
            await self.step(catalog, threads)
            await asyncio.sleep(READ_SECONDS)

    async def step(self, catalog: Catalog, threads: TableThreads) -> None:
        """Read them once."""
        named = {
            tenant for service in catalog.services if service.response_logs for tenant in service.response_logs.tenants
        }
        read_at = self._clock()
        try:
            found = await threads.run(lambda table: consents.of(table, named)) if named else {}
        except TableError:
            metrics.TABLE_ERRORS.inc()
            return
        self._given, self._read_at = frozenset(found), read_at
