import asyncio

from gateway.policy.consents import STALE_SECONDS, Consents
from gateway.policy.services import Catalog, ResponseLogs, Service
from gateway.store import consents, tenants
from gateway.store.table import TableError


class Threads:
    """Runs calls on a table; `away` fails them."""

    def __init__(self, table):
        self._table, self.away, self.calls = table, False, 0

    async def run(self, call):
        self.calls += 1
        if self.away:
            raise TableError("away")
        return call(self._table)


def catalog(*names):
    found = Catalog()
    logs = ResponseLogs(consent="CTO", tenants=frozenset(names), sample=1, max_bytes=100) if names else None
    found.replace([Service(name="dev/qwen", response_logs=logs)], 1)
    return found


def test_consents_of_the_named_tenants_are_known_and_withdrawn(table):
    now = [100.0]
    for name in ("acme", "other"):
        tenants.save(table.table, name, {}, version=0)
        consents.give(table.table, name, "CTO, T-1", written_by="test", now=1)
    threads, known = Threads(table.table), Consents(lambda: now[0])

    def step(*names):
        asyncio.run(known.step(catalog(*names), threads))

    assert not known.given("acme")
    step("acme")
    assert known.given("acme")
    assert not known.given("other")
    threads.away = True
    now[0] += STALE_SECONDS - 1
    step("acme")
    assert known.given("acme")
    now[0] += 1
    assert not known.given("acme")
    threads.away = False
    consents.withdraw(table.table, "acme")
    step("acme", "other")
    assert not known.given("acme")
    assert known.given("other")
    calls = threads.calls
    step()
    assert threads.calls == calls, "no service names a tenant"
    assert not known.given("other")
