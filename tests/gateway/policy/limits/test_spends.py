import asyncio
import time

import pytest

from gateway.config import Limits as Defaults
from gateway.policy.limits import spends
from gateway.policy.limits.spends import Spends
from gateway.policy.limits.tenants import Tenants
from gateway.store.limits import read_limits
from gateway.store.table import TableError
from gateway.store.tenants import Tenant
from gateway.store.usage import Spend

DEFAULTS = Defaults(requests_per_second=10, tokens_per_minute=1000, concurrent_requests=5)


class Threads:
    """A table in which each tenant has spent two dollars; it may be away."""

    def __init__(self):
        self.calls, self.away = 0, False

    async def run(self, _call):
        self.calls += 1
        await asyncio.sleep(0.01)
        if self.away:
            raise TableError("away")
        return Spend(day=2_000_000, month=2_000_000)


@pytest.fixture
def threads():
    return Threads()


def state(**limits):
    return Tenants(DEFAULTS).of(Tenant(name="acme", limits=read_limits(limits), version=1), 1)


def test_it_is_read_before_the_first_request_once_for_all_that_come_together(threads):
    async def steps():
        found, read = state(usd_per_day=2), Spends(threads)
        await asyncio.gather(*(read.know(found) for _ in range(20)))
        assert threads.calls == 1
        assert found.budgets.spent_day == 2_000_000
        await read.know(found)
        assert threads.calls == 1

    asyncio.run(steps())


def test_it_is_read_again_after_a_pause(threads):
    async def steps():
        found, read = state(usd_per_month=10), Spends(threads)
        await read.know(found)
        found.budgets.read_at = time.monotonic() - spends.STALE_SECONDS - 1
        await read.know(found)
        assert threads.calls == 2

    asyncio.run(steps())


def test_a_tenant_without_a_budget_reads_nothing(threads):
    asyncio.run(Spends(threads).know(state()))
    assert threads.calls == 0


def test_a_table_that_is_away_delays_one_request_in_some_seconds(threads, monkeypatch):
    async def steps():
        threads.away = True
        found, read = state(usd_per_day=2), Spends(threads)
        for _ in range(5):
            await read.know(found)
        assert threads.calls == 1
        assert found.budgets.spent_day == 0
        threads.away = False
        monkeypatch.setattr(spends, "RETRY_SECONDS", 0.0)
        await read.know(found)
        assert found.budgets.spent_day == 2_000_000

    asyncio.run(steps())
