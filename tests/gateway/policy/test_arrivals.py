import asyncio

import httpx
import pytest

from gateway.policy import arrivals
from gateway.policy.arrivals import Arrivals
from gateway.policy.services import Service

QWEN, EMBED = Service(name="dev/qwen"), Service(name="dev/embed")


class Envoy:
    """Statistics that tests set, and how often each was read."""

    def __init__(self):
        self.healthy, self.reads, self.away = {}, [], False

    async def stats(self, name):
        self.reads.append(name)
        if self.away:
            raise httpx.ConnectError("away")
        return {name: self.healthy.get(name, 0)}


@pytest.fixture
def envoy():
    return Envoy()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(arrivals, "POLL_SECONDS", 0.01)


def gauge(service):
    return f"cluster.{service.name}.membership_healthy"


def test_requests_for_one_service_share_its_polls(envoy):
    async def steps():
        found = Arrivals(envoy)
        waiting = [asyncio.create_task(found.wait(each)) for each in [QWEN] * 50 + [EMBED]]
        await asyncio.sleep(0.1)
        assert not any(each.done() for each in waiting)
        assert envoy.reads.count(gauge(QWEN)) <= envoy.reads.count(gauge(EMBED)) + 1
        envoy.healthy = {gauge(QWEN): 1}
        await asyncio.wait_for(asyncio.gather(*waiting[:50]), 60)
        assert not waiting[50].done()
        envoy.healthy[gauge(EMBED)] = 1
        await asyncio.wait_for(waiting[50], 60)
        envoy.reads.clear()
        await found.wait(QWEN)
        assert envoy.reads == [gauge(QWEN)], "a later wait looks again"

    asyncio.run(steps())


def test_a_client_that_leaves_ends_no_other_wait(envoy):
    async def steps():
        found = Arrivals(envoy)
        leaving, other = (asyncio.create_task(found.wait(QWEN)) for _ in range(2))
        await asyncio.sleep(0.03)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await asyncio.sleep(0.03)
        assert not other.done()
        envoy.healthy = {gauge(QWEN): 1}
        await asyncio.wait_for(other, 60)

    asyncio.run(steps())


def test_an_envoy_that_does_not_answer_is_waited_for_no_longer_than_that(envoy, monkeypatch):
    monkeypatch.setattr(arrivals, "LONGEST_SECONDS", 0.1)
    envoy.away = True
    asyncio.run(asyncio.wait_for(Arrivals(envoy).wait(QWEN), 60))
    assert len(envoy.reads) > 1
