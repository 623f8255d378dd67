import asyncio
import re
from datetime import date
from decimal import Decimal

import pytest
from prometheus_client import REGISTRY

from gateway.policy import exposition
from gateway.policy.limits.shown import NOTICED_SECONDS, OTHER_SECONDS, ShownBudgets
from gateway.store import tenants, usage
from gateway.store.usage import Usage
from tests.gateway.policy.accounts.test_ledger import Threads
from tests.gateway.policy.test_exposition import in_process
from tests.gateway.store.conftest import table as memory

__all__ = ["memory"]
TODAY = date(2026, 11, 30)
SPENT_ALONE = """
import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from gateway.policy.limits import shown
from gateway.store.limits import Limits
from gateway.store.usage import Spend
async def tenant(_):
    return SimpleNamespace(limits=Limits(usd_per_day=Decimal(budget))) if budget else None
async def run(_):
    return Spend(day=2_000_000, month=2_000_000)
clock = SimpleNamespace(now=0.0)
budgets = shown.ShownBudgets(SimpleNamespace(tenant=tenant), SimpleNamespace(run=run), lambda: clock.now)
budgets.show("idle", 1.0)
"""


class Records:
    """The table's tenants, without a cache."""

    def __init__(self, table):
        self.table = table

    async def key(self, digest):
        raise NotImplementedError

    async def tenant(self, name):
        return tenants.find(self.table, name)


class Shown:
    """A policy process at a time that tests set, and a tenant without requests."""

    def __init__(self, table, name):
        self.table, self.name, self.now, self.today = table, name, 0.0, TODAY
        self.threads = Threads(table)
        self.budgets = ShownBudgets(Records(table), self.threads, lambda: self.now, lambda: self.today)

    def limit(self, **limits):
        found = tenants.find(self.table, self.name)
        tenants.save(self.table, self.name, limits, version=found.version if found else 0)

    def spend(self, microusd, day=TODAY):
        entry = Usage(hour=f"{day.isoformat()}T10", model="dev/qwen", microusd=microusd)
        usage.add(self.table, self.name, [entry], batch=f"{day}-{microusd}")

    def after(self, seconds):
        self.now += seconds
        asyncio.run(self.budgets.step())
        return REGISTRY.get_sample_value("llm_gateway_budget_used_ratio", {"tenant": self.name})


@pytest.fixture
def shown(memory, request):
    found = Shown(memory, re.sub(r"\W|_", "-", request.node.name))
    found.limit(usd_per_day=Decimal(1))
    found.spend(1_000_000)
    found.budgets.show(found.name, 1.0)
    return found


def test_a_spent_budget_stays_spent(shown):
    assert shown.after(NOTICED_SECONDS) == 1
    assert shown.after(NOTICED_SECONDS) == 1


def test_a_budget_that_was_raised_is_not_spent_any_more(shown):
    shown.limit(usd_per_day=Decimal(4))
    assert shown.after(NOTICED_SECONDS - 1) == 1
    assert shown.after(1) == 0.25


def test_a_new_day_ends_a_days_budget_and_not_a_months(shown):
    shown.limit(usd_per_day=Decimal(1), usd_per_month=Decimal(2))
    shown.today = date(2026, 11, 29)
    assert shown.after(NOTICED_SECONDS) == 0.5
    shown.today = date(2026, 12, 1)
    assert shown.after(OTHER_SECONDS) == 0


@pytest.mark.parametrize("removed", [True, False])
def test_without_a_budget_there_is_no_series(shown, removed):
    if removed:
        tenants.remove(shown.table, shown.name)
    else:
        shown.limit()
    assert str(shown.after(NOTICED_SECONDS)) == str(exposition.GONE)
    shown.threads.away = True
    assert str(shown.after(OTHER_SECONDS)) == str(exposition.GONE)


def test_what_a_table_that_is_away_does_not_say_stays_and_is_read_later(shown):
    shown.limit(usd_per_day=Decimal(2))
    shown.threads.away = True
    assert shown.after(NOTICED_SECONDS) == 1
    shown.threads.away = False
    assert shown.after(NOTICED_SECONDS) == 0.5


def test_a_smaller_part_is_read_less_often(shown):
    shown.budgets.show(shown.name, 0.5)
    assert shown.after(OTHER_SECONDS - 1) == 0.5
    assert shown.after(1) == 1


@pytest.mark.parametrize(("budget", "lines"), [(4, ["0.5"]), (0, [])])
def test_each_of_two_processes_that_saw_a_tenant_shows_what_is_true(tmp_path, budget, lines):
    later = f"\nbudget, clock.now = {budget}, 1000.0\nasyncio.run(budgets.step())"
    in_process(tmp_path, 0, SPENT_ALONE)
    in_process(tmp_path, 1, SPENT_ALONE + later)
    in_process(tmp_path, 0, SPENT_ALONE + later)
    found = [line for line in exposition.text(tmp_path).splitlines() if line.startswith("llm_gateway_budget")]
    assert found == [f'llm_gateway_budget_used_ratio{{tenant="idle"}} {each}' for each in lines]
