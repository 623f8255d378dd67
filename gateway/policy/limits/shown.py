"""How much of their budgets tenants have spent, in the metric: also after their last request.

A budget is raised, a day ends and a tenant is removed without a request; an alert on the metric has to end then too.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

from gateway.policy import metrics
from gateway.policy.cache import UnavailableError
from gateway.policy.callers import Records
from gateway.policy.exposition import GONE
from gateway.policy.limits.budget import NOTICE_RATIO, Budgets
from gateway.policy.records import TableThreads
from gateway.store import usage
from gateway.store.table import TableError

NOTICED_SECONDS = 30.0
"""Age from which a ratio that alerts are about, from `NOTICE_RATIO` on, is read again."""
OTHER_SECONDS = 600.0
"""The same for a smaller one: only requests raise it, and they show it at once."""
STEP_SECONDS = 5.0


class ShownBudgets:
    """What a policy process shows of the tenants with a budget that it has seen."""

    def __init__(
        self,
        records: Records,
        threads: TableThreads,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] | None = None,
    ) -> None:
        """Read tenants from `records`, and what they have spent by `threads`; `today` is the day in UTC."""
        self._records, self._threads, self._clock = records, threads, clock
        self._today = today or (lambda: datetime.now(UTC).date())
        self._due: dict[str, float] = {}

    def show(self, tenant: str, ratio: float) -> None:
        """Show a ratio that is known just now."""
        metrics.BUDGET.labels(tenant).set(ratio)
        self._due[tenant] = self._clock() + (NOTICED_SECONDS if ratio >= NOTICE_RATIO else OTHER_SECONDS)

    def remove(self, tenant: str) -> None:
        """Show nothing of a tenant that has no budget any more."""
        if self._due.pop(tenant, None) is not None:
            metrics.BUDGET.labels(tenant).set(GONE)

    async def run(self) -> None:
        """Read for ever."""
        while True:
            await self.step()
            await asyncio.sleep(STEP_SECONDS)

    async def step(self) -> None:
        """Read again what is due. While the table does not answer, what was shown stays."""
        now = self._clock()
        for tenant in [name for name, at in self._due.items() if at <= now]:
            try:
                await self._read(tenant)
            except (TableError, UnavailableError):
                metrics.TABLE_ERRORS.inc()
                self._due[tenant] = self._clock() + NOTICED_SECONDS

    async def _read(self, name: str) -> None:
        tenant = await self._records.tenant(name)
        budgets = Budgets()
        if tenant is not None:
            budgets.configure(tenant.limits)
        if not budgets.limited:
            self.remove(name)
            return
        today = self._today()
        budgets.read(await self._threads.run(partial(usage.spent, tenant=name, day=today)), today.isoformat())
        self.show(name, budgets.ratio())
