"""Requests for a model without a replica: the waiting alone, and through the real Envoy."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gateway.policy import services
from gateway.policy.answers import RefusalError
from gateway.policy.cache import FRESH_SECONDS
from gateway.policy.hold import Hold
from gateway.store import keys, tenants
from tests.gateway.support.processes import until
from tests.gateway.support.stack import CHAT, Service, Stack

COLD = services.Service(name="dev/cold")
WARM = services.Service(name="dev/cold", endpoints=("10.0.0.1:8000",))


class Waiting:
    """A hold for one request of 100 bytes."""

    def __init__(self, seconds=60.0):
        self.catalog, self.settled = services.Catalog(), []
        self.catalog.replace([COLD], 1)
        self.hold = Hold(self.catalog, seconds, 1, self.settle, most_bytes=100)

    async def settle(self, service):
        self.settled.append(service.endpoints)

    async def start(self):
        found = asyncio.create_task(self.hold.ready(COLD, 100))
        await asyncio.sleep(0)
        assert not found.done()
        return found

    async def refused(self, service=COLD, size=100):
        with pytest.raises(RefusalError) as caught:
            await self.hold.ready(service, size)
        return caught.value.status, caught.value.code, str(caught.value)


def test_a_place_and_its_bytes_are_free_again_however_a_wait_ends():
    async def steps():
        waiting = Waiting()
        for _ in range(3):
            left = await waiting.start()
            assert await waiting.refused(size=0) == (503, "model_not_ready", "The model `dev/cold` has no replica.")
            other = services.Service(name="dev/other")
            assert (await waiting.refused(other, 1))[1] == "model_not_ready"
            left.cancel()
            await asyncio.wait((left,))
        for _ in range(3):
            served = await waiting.start()
            waiting.catalog.replace([WARM], 1)
            assert await served is WARM
            waiting.catalog.replace([COLD], 1)
        assert waiting.settled == 3 * [WARM.endpoints]
        brief = Waiting(seconds=0.01)
        for _ in range(3):
            assert await brief.refused() == (
                503,
                "model_not_ready",
                "The model `dev/cold` did not start within 0.01 s.",
            )

    asyncio.run(steps())


def test_what_is_removed_while_a_request_waits_is_not_found():
    async def steps():
        waiting = Waiting()
        found = await waiting.start()
        waiting.catalog.replace([], 1)
        await asyncio.wait((found,))
        assert found.exception().status == 404

    asyncio.run(steps())


def test_nothing_waits_for_a_model_that_does_not_wake_or_without_a_hold():
    async def steps():
        asleep = services.Service(name="dev/asleep", wakes=False)
        assert (await Waiting().refused(asleep))[2] == "The model `dev/asleep` has no replica."
        assert (await Waiting(seconds=0).refused())[2] == "The model `dev/cold` has no replica."
        assert await Waiting().hold.ready(WARM, 10**9) is WARM

    asyncio.run(steps())


def test_a_drain_ends_what_waits_and_what_comes():
    async def steps():
        waiting = Waiting()
        found = await waiting.start()
        waiting.hold.drain()
        await asyncio.wait((found,))
        assert found.exception().code == "gateway_draining"
        assert (await waiting.refused())[1] == "gateway_draining"
        assert await waiting.hold.ready(WARM, 1) is WARM

    asyncio.run(steps())


@pytest.fixture
def stack(tmp_path, table):
    services = {"dev/cold": Service()}
    with Stack(
        tmp_path,
        services,
        policy="real",
        environment=table.environment,
        hold_seconds=60,
        hold_requests=3,
        drain_seconds=30,
    ) as found:
        yield found


def held(stack, model="dev/cold"):
    return count(stack, "held_requests", model)


def count(stack, metric, model="dev/cold"):
    text = httpx.get(f"http://127.0.0.1:{stack.config.metrics}/metrics", timeout=60, trust_env=False).text
    name = f'llm_gateway_{metric}{{model="{model}"}} '
    return next((float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name)), 0.0)


def test_held_requests_are_answered_when_a_replica_comes_and_one_too_many_is_refused(stack, table):
    key = table.key()
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(stack.chat, "dev/cold", key=key) for _ in range(3)]
        until("three requests wait", lambda: held(stack) == 3)
        assert count(stack, "in_flight") == 0
        more = stack.chat("dev/cold", key=key)
        assert (more.status_code, more.json()["error"]["code"]) == (503, "model_not_ready")
        assert more.headers["retry-after"] == "30"
        stack.add("dev/cold")
        assert [each.result().status_code for each in answers] == [200, 200, 200]
    assert held(stack) == 0
    until("none is in flight", lambda: count(stack, "in_flight") == 0)


def test_a_key_that_ends_while_its_request_is_held_is_refused_when_a_replica_comes(stack, table):
    """As if the request had come then; a key that holds is served."""
    revoked, gone, changed, good = (table.key(name) for name in ("revoked", "gone", "changed", "good"))
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(stack.chat, "dev/cold", key=key) for key in (revoked, gone, changed)]
        until("three requests wait", lambda: held(stack) == 3)
        keys.revoke(table.table, keys.digest_of(revoked))
        tenants.remove(table.table, "gone")
        tenants.save(table.table, "changed", {"models": ["dev/other"]}, version=1)
        time.sleep(FRESH_SECONDS + 0.5)
        stack.add("dev/cold")
        assert [each.result().status_code for each in answers] == [401, 401, 404]
        assert stack.chat("dev/cold", key=good).status_code == 200
    [engine] = stack.services["dev/cold"].engines
    assert engine.counters()["requests"] == 1
    until("none is in flight", lambda: count(stack, "in_flight") == 0)


def test_the_bodies_of_held_requests_of_all_models_are_bounded(tmp_path, table):
    """A heap of 64 MiB has 51 MiB for them: two of 20 MiB wait, of two models, and a third one does not."""
    services = {f"dev/cold-{number}": Service() for number in range(3)}
    environment, bounds = table.environment, {"heap_bytes": 64 << 20, "max_request_bytes": 24 << 20}
    with Stack(tmp_path, services, policy="real", environment=environment, adjust=_roomy, **bounds) as stack:
        key, long = table.key(), {"messages": [{"role": "user", "content": "x" * (20 << 20)}]}
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(stack.chat, f"dev/cold-{number}", key=key, **long) for number in range(2)]
            until("two requests wait", lambda: [held(stack, f"dev/cold-{number}") for number in range(2)] == [1, 1])
            assert stack.chat("dev/cold-2", key=key, **long).status_code == 503
            for number in range(2):
                stack.add(f"dev/cold-{number}")
            assert [each.result().status_code for each in answers] == [200, 200]


def _roomy(bootstrap):
    """Without Envoy's own bound of the heap, which the bodies of this test reach."""
    del bootstrap["overload_manager"]


def test_a_client_that_leaves_frees_its_place(stack, table):
    with stack.left("/v1/chat/completions", {**CHAT, "model": "dev/cold"}, key=table.key()):
        until("it waits", lambda: held(stack) == 1)
    until("no request waits", lambda: held(stack) == 0)


def test_a_drain_ends_held_requests_at_once_and_waits_for_running_ones(stack, table):
    key = table.key()
    stack.add("dev/warm")
    stack.wait_healthy("dev/warm", 1)
    [engine] = stack.services["dev/warm"].engines
    engine.behave(chunks=3, wait_after=1)
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(stack.chat, "dev/warm", key=key, stream=True)
        waiting = pool.submit(stack.chat, "dev/cold", key=key)
        until("one waits and one runs", lambda: held(stack) == 1 and engine.counters()["open"] == 1)
        drains = [pool.submit(httpx.get, f"http://127.0.0.1:{stack.config.drain}/drain", timeout=60) for _ in range(2)]
        ended = waiting.result(timeout=60)
        assert (ended.status_code, ended.json()["error"]["code"]) == (503, "gateway_draining")
        assert ended.headers["retry-after"] == "1"
        until("the readiness path fails", lambda: stack.ready() == 503)
        assert not running.done()
        assert not any(each.done() for each in drains)
        # Who still comes is served.
        engine.release()
        assert running.result().text.endswith("data: [DONE]\n\n")
        assert {each.result().text for each in drains} == {"no request runs\n"}


def test_a_drain_ends_after_its_seconds(tmp_path, table):
    with (
        Stack(tmp_path, {"dev/warm": 1}, policy="real", environment=table.environment, drain_seconds=2) as stack,
        ThreadPoolExecutor(1) as pool,
    ):
        [engine] = stack.services["dev/warm"].engines
        engine.behave(wait_after=1)
        key = table.key()
        running = pool.submit(stack.chat, "dev/warm", key=key, stream=True)
        until("the request runs", lambda: engine.counters()["open"] == 1)
        started = time.monotonic()
        answer = httpx.get(f"http://127.0.0.1:{stack.config.drain}/drain", timeout=60)
        assert answer.text == "requests still run\n"
        assert time.monotonic() - started < 30
        engine.release()
        running.result()
