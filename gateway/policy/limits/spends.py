"""What a tenant with a budget has spent, read before its first request: of a new process, and after a pause.

Without it a budget that is spent would be open for the second until the next exchange of counters.
"""

import asyncio
import time
from datetime import UTC, datetime
from functools import partial

from gateway.policy import metrics
from gateway.policy.cache import RETRY_SECONDS, WAIT_SECONDS
from gateway.policy.limits.exchange import ACTIVE_SECONDS
from gateway.policy.limits.tenant import TenantState
from gateway.policy.records import TableThreads
from gateway.store import usage
from gateway.store.table import TableError

STALE_SECONDS = ACTIVE_SECONDS
"""Age of what was read from which it is read again before a request: the exchange reads it while a tenant is active."""


class Spends:
    """Readings of one policy process; simultaneous requests of a tenant share one."""

    def __init__(self, threads: TableThreads) -> None:
        self._threads = threads
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._failed_at = float("-inf")

    async def know(self, state: TenantState) -> None:
        """Read what the tenant has spent, if it has a budget and nothing has read it lately.

        While the table does not answer, the budget counts from what is known, and only one request in some seconds waits.
        """
        now, budgets = time.monotonic(), state.budgets
        if not budgets.limited or now - budgets.read_at < STALE_SECONDS or now - self._failed_at < RETRY_SECONDS:
            return
        name = state.name
        reading = self._reading.get(name)
        if reading is None:
            reading = self._reading[name] = asyncio.create_task(self._read(state))
            reading.add_done_callback(lambda _: self._reading.pop(name, None))
        await asyncio.wait((reading,))

    async def _read(self, state: TenantState) -> None:
        today = datetime.now(UTC).date()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                spend = await self._threads.run(partial(usage.spent, tenant=state.name, day=today))
        except (TableError, TimeoutError):
            self._failed_at = time.monotonic()
            metrics.TABLE_ERRORS.inc()
            return
        state.budgets.read(spend, today.isoformat())
