"""Exchange of the tenants' counters with the other gateway pods through the table, about every second.

Counters belong to a minute of the table's clock: pods whose own clocks differ find each other's.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.policy import metrics
from gateway.policy.limits.bucket import EXCHANGE_SECONDS
from gateway.policy.limits.budget import NOTICE_RATIO
from gateway.policy.limits.shown import ShownBudgets
from gateway.policy.limits.tenant import TenantState
from gateway.policy.limits.tenants import Tenants
from gateway.policy.records import TableThreads
from gateway.store import counters, usage
from gateway.store.counters import Count
from gateway.store.table import Table, TableError

ACTIVE_SECONDS = 15.0
"""A tenant's counters are exchanged until this long after its last request, and the end of its last answer."""
FOLLOWED_SECONDS = 3.0
"""Longest pause between two exchanges in which a bucket's own level is right."""
WAIT_SECONDS = 2.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seen:
    """What a minute had when this process last looked."""

    minute: int
    count: Count
    at: float
    own: Count
    """What this process has written of that minute."""


class Exchange:
    """The exchange of one policy process."""

    def __init__(
        self, tenants: Tenants, threads: TableThreads, shown: ShownBudgets, clock: Callable[[], float] = time.time
    ) -> None:
        self._tenants, self._threads, self._shown, self._clock = tenants, threads, shown, clock
        self._seen: dict[str, _Seen] = {}
        self._noticed: dict[str, str] = {}
        self._source = secrets.token_hex(4)

    async def run(self) -> None:
        """Exchange for ever."""
        while True:
            started = time.monotonic()
            await self.step()
            await asyncio.sleep(max(0.1, EXCHANGE_SECONDS - (time.monotonic() - started)))

    async def step(self) -> None:
        """Exchange once for every active tenant. A table that does not answer changes nothing."""
        active = self._tenants.active(ACTIVE_SECONDS)
        # What was seen of a tenant two minutes ago says nothing of its buckets any more.
        names, minute = {state.name for state in active}, counters.minute_of(self._epoch())
        self._seen = {name: seen for name, seen in self._seen.items() if name in names or seen.minute >= minute - 1}
        await asyncio.gather(*(self._one(state) for state in active))

    def _epoch(self) -> float:
        return self._clock() + self._threads.ahead

    async def _one(self, state: TenantState) -> None:
        epoch = self._epoch()
        minute, seen = counters.minute_of(epoch), self._seen.get(state.name)
        requests, tokens = round(state.requests.unreported), round(state.tokens.unreported)
        before_own = seen.own if seen and seen.minute == minute else Count()
        own = Count(requests=before_own.requests + requests, tokens=before_own.tokens + tokens)
        now = datetime.fromtimestamp(self._clock(), UTC)

        def call(table: Table) -> tuple[Count, Count | None, usage.Spend | None]:
            count = counters.report(table, state.name, minute, source=self._source, count=own)
            before = counters.read(table, state.name, seen.minute) if seen and seen.minute == minute - 1 else None
            spend = usage.spent(table, state.name, now.date()) if state.budgets.limited else None
            return count, before, spend

        try:
            async with asyncio.timeout(WAIT_SECONDS):
                count, before, spend = await self._threads.run(call)
        except (TableError, TimeoutError):
            metrics.TABLE_ERRORS.inc()
            return
        state.requests.unreported -= requests
        state.tokens.unreported -= tokens
        self._seen[state.name] = _Seen(minute, count, epoch, own)
        if seen is not None and minute < seen.minute:
            # The clock was set back, this machine's or the estimate of the table's: what that minute has was counted when it passed.
            everyone, since = Count(requests=requests, tokens=tokens), 0.0
        else:
            everyone, since = _since(seen, epoch, minute, count, before)
        followed = seen is not None and epoch - seen.at <= FOLLOWED_SECONDS
        for bucket, used in ((state.requests, everyone.requests - requests), (state.tokens, everyone.tokens - tokens)):
            # While this process did not look, its full bucket could not take in what flowed in for the others.
            bucket.exchanged(used if followed else max(0.0, used - bucket.rate * since))
        if spend is not None:
            state.budgets.read(spend, now.strftime("%Y-%m-%d"))
        self._report(state)

    def _report(self, state: TenantState) -> None:
        budgets = state.budgets
        if not budgets.limited:
            self._shown.remove(state.name)
            return
        ratio = budgets.ratio()
        self._shown.show(state.name, ratio)
        if ratio >= NOTICE_RATIO and self._noticed.get(state.name) != budgets.period:
            self._noticed[state.name] = budgets.period
            _log.warning("tenant %s has used %s of its budget", state.name, budgets.notice())


def _since(seen: _Seen | None, epoch: float, minute: int, count: Count, before: Count | None) -> tuple[Count, float]:
    """What all pods, this one too, have counted since this one last looked, and how many seconds that were.

    Of what was before the last minute nothing is left to count: a minute fills every bucket.
    """
    into = epoch - minute * 60
    if seen is None or (seen.minute != minute and before is None):
        return count, into
    late = Count() if before is None else before
    requests = count.requests + late.requests - seen.count.requests
    tokens = count.tokens + late.tokens - seen.count.tokens
    return Count(requests=requests, tokens=tokens), epoch - seen.at
