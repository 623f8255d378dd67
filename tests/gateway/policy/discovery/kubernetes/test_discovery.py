"""Discovery beside a fake of the Kubernetes API."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from gateway.policy.discovery.kubernetes import discovery, watching
from gateway.policy.discovery.kubernetes.api import KubernetesApi
from tests.gateway.policy.discovery.kubernetes.cluster import FakeApi, endpoint_slice, namespace, service


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(discovery, "MISSING_KEY_SECONDS", 0.1)
    monkeypatch.setattr(watching, "LONGEST_PAUSE_SECONDS", 0.2)


class Seen:
    """What the discovery reported last."""

    def __init__(self):
        self.services, self.gateways, self.reports = {}, None, 0

    def __call__(self, services, gateways):
        self.services = {each.name: each for each in services}
        self.gateways = gateways
        self.reports += 1

    async def until(self, condition):
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110 - a condition of any kind
                await asyncio.sleep(0.01)


@asynccontextmanager
async def following(tmp_path):
    fake, seen, token = FakeApi(), Seen(), tmp_path / "token"
    token.write_text("first\n")
    fake.put("namespaces", namespace("llm-qwen", "dev"))
    fake.put("services", service("llm-qwen", "qwen", "dev"))
    fake.put("endpointslices", endpoint_slice("llm-qwen", "qwen", "10.0.0.1"))
    fake.put("endpointslices", endpoint_slice("llm-gateway", "gateway", "10.0.1.1", "10.0.1.2", port=8080))
    fake.secrets["llm-qwen", "keys"] = {"engine": "secret"}
    async with fake.serving():
        found = discovery.KubernetesDiscovery(KubernetesApi(fake.url, token), "llm-gateway", "dev")
        task = asyncio.create_task(found.follow(seen))
        try:
            await seen.until(lambda: seen.reports)
            yield fake, seen, token
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def run(tmp_path, steps):
    async def all_steps():
        async with following(tmp_path) as (fake, seen, token):
            await steps(fake, seen, token)

    asyncio.run(all_steps())


def test_services_are_found_with_their_keys_and_the_gateways_are_counted(tmp_path):
    async def steps(_fake, seen, _token):
        assert {name: (each.endpoints, each.key) for name, each in seen.services.items()} == {
            "dev/qwen": (("10.0.0.1:8000",), "secret")
        }
        assert seen.gateways == 2

    run(tmp_path, steps)


def test_a_teams_service_appears_and_goes(tmp_path):
    async def steps(fake, seen, _token):
        fake.put("namespaces", namespace("b", "team-b"))
        fake.put("services", service("b", "embed", "team-b", key=None))
        await seen.until(lambda: "team-b/embed" in seen.services)
        fake.put("endpointslices", endpoint_slice("b", "embed", "10.0.0.7"))
        await seen.until(lambda: seen.services["team-b/embed"].endpoints)
        fake.remove("endpointslices", "b", "embed-1")
        await seen.until(lambda: not seen.services["team-b/embed"].endpoints)
        fake.remove("namespaces", "", "b")
        await seen.until(lambda: "team-b/embed" not in seen.services)

    run(tmp_path, steps)


def test_what_changed_while_a_watch_was_cut_is_seen_without_a_list(tmp_path):
    async def steps(fake, seen, _token):
        await seen.until(lambda: len(fake.watches) == 3)
        lists = fake.lists
        fake.cut()
        fake.put("endpointslices", endpoint_slice("llm-qwen", "qwen", "10.0.0.2"))
        await seen.until(lambda: seen.services["dev/qwen"].endpoints == ("10.0.0.2:8000",))
        assert fake.lists == lists

    run(tmp_path, steps)


def test_a_version_that_is_too_old_is_listed_again(tmp_path):
    async def steps(fake, seen, _token):
        await seen.until(lambda: len(fake.watches) == 3)
        lists = fake.lists
        fake.remove("endpointslices", "llm-qwen", "qwen-1")
        fake.put("services", service("llm-qwen", "second", "dev"))
        fake.forget()
        fake.events.clear()
        fake.cut()
        await seen.until(lambda: "dev/second" in seen.services and not seen.services["dev/qwen"].endpoints)
        assert fake.lists > lists

    run(tmp_path, steps)


def test_a_rotated_token_is_used(tmp_path):
    async def steps(fake, seen, token):
        await seen.until(lambda: len(fake.watches) == 3)
        fake.token = "second"
        fake.cut()
        fake.put("services", service("llm-qwen", "second", "dev", key=None))
        await seen.until(lambda: fake.tokens.count("Bearer first") > 7)
        assert "dev/qwen" in seen.services  # what was known stays
        token.write_text("second\n")
        await seen.until(lambda: "dev/second" in seen.services)

    run(tmp_path, steps)


def test_a_key_that_is_missing_is_read_again(tmp_path, caplog):
    async def steps(fake, seen, _token):
        fake.put("services", service("llm-qwen", "second", "dev", key="later/engine"))
        await seen.until(lambda: "dev/second" in seen.services)
        assert seen.services["dev/second"].key == ""
        fake.secrets["llm-qwen", "later"] = {"engine": "more"}
        await seen.until(lambda: seen.services["dev/second"].key == "more")

    run(tmp_path, steps)
    assert "engine key in Secret llm-qwen/later, key engine: status 404" in caplog.text
    assert "secret" not in caplog.text.replace("Secret", "")


def test_changes_do_not_make_a_missing_key_be_read_more_often(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(discovery, "MISSING_KEY_SECONDS", 60.0)

    async def steps(fake, seen, _token):
        fake.put("services", service("llm-qwen", "second", "dev", key="later/engine"))
        await seen.until(lambda: "dev/second" in seen.services)
        for number in range(2, 8):
            fake.put("endpointslices", endpoint_slice("llm-qwen", "qwen", f"10.0.0.{number}"))
            await seen.until(lambda number=number: seen.services["dev/qwen"].endpoints == (f"10.0.0.{number}:8000",))

    run(tmp_path, steps)
    assert caplog.text.count("engine key in Secret llm-qwen/later, key engine: status 404") == 1


def test_a_key_that_changes_is_read_again_while_others_are_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(discovery, "KEYS_SECONDS", 0.3)

    async def steps(fake, seen, _token):
        fake.put("services", service("llm-qwen", "second", "dev", key="later/engine"))
        fake.secrets["llm-qwen", "keys"] = {"engine": "other"}
        await seen.until(lambda: seen.services["dev/qwen"].key == "other")

    run(tmp_path, steps)


def test_without_a_cluster_it_says_so(monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(OSError, match="KUBERNETES_SERVICE_HOST is not set"):
        KubernetesApi.of_pod()


def test_a_kind_that_cannot_be_followed_any_more_ends_the_discovery(tmp_path, monkeypatch):
    async def broken(_):
        raise RuntimeError("an object as no API has it")

    monkeypatch.setattr(watching.Watching, "run", broken)
    found = discovery.KubernetesDiscovery(KubernetesApi("http://127.0.0.1:9", tmp_path), "llm-gateway", "dev")
    with pytest.raises(ExceptionGroup):
        asyncio.run(asyncio.wait_for(found.follow(Seen()), 60))
