"""The real policy behind the real Envoy, with its table on moto: who may use what."""

import asyncio
import json
import time
from types import SimpleNamespace

import httpx
import pytest

from gateway.policy.cache import FRESH_SECONDS
from gateway.policy.check import Check
from gateway.policy.held import HeldRequests
from gateway.store import keys, tenants, usage
from tests.gateway.support.issuer import CLIENT, Issuer
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Service, Stack
from tests.gateway.support.table import TableServer


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    root = tmp_path_factory.mktemp("gateway")
    with (
        TableServer(root) as table,
        Issuer() as issuer,
        Stack(
            root,
            {"dev/qwen": 1, "team-b/embed": 1, "team-b/cold": Service(wakes=False)},
            policy="real",
            environment=table.environment,
            oidc=issuer.settings,
        ) as stack,
    ):
        stack.services["dev/qwen"].short = "qwen"
        stack.services["dev/qwen"].price = {"input_usd": 100.0, "output_usd": 1000.0}
        stack.publish()
        until("the tokens' keys are there", lambda: stack.stat("cluster.issuer.upstream_rq_200"))
        key = table.key("first")
        until("the short name and the price are known", lambda: stack.chat("qwen", key=key).status_code == 200)
        yield stack, table, issuer


def entries(table, tenant):
    return list(usage.read(table.table, tenant, "2020", "2099"))


def test_a_chat_reaches_the_engine_without_the_callers_key_and_is_accounted_for(gateway):
    stack, table, _ = gateway
    key = table.key("acme")
    assert stack.chat("qwen", key=key).status_code == 200
    answer = stack.chat("dev/qwen", key=key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-ratelimit-limit-requests"] == "1000"
    assert answer.headers["x-ratelimit-limit-tokens"] == "1000000000"
    [engine] = stack.services["dev/qwen"].engines
    assert key not in json.dumps(engine.requests())
    sent = {name.lower(): value for name, value in engine.requests()[-1]["headers"].items()}
    assert sent["authorization"] == "Bearer engine-key"
    used = answer.json()["usage"]
    until("usage is in the table", lambda: sum(each.requests for each in entries(table, "acme")) >= 2)
    [entry] = entries(table, "acme")
    assert (entry.model, entry.team) == ("dev/qwen", "blue")
    assert entry.prompt_tokens == entry.requests * used["prompt_tokens"]
    assert entry.completion_tokens == entry.requests * used["completion_tokens"]
    assert entry.microusd == 100 * entry.prompt_tokens + 1000 * entry.completion_tokens


def test_models_are_those_that_a_key_may_use(gateway):
    stack, table, _ = gateway
    everything, one = table.key("everything"), table.key("one", models=["qwen"])

    def models(key):
        answer = stack.client.get("/v1/models", headers={"authorization": f"Bearer {key}"})
        assert answer.headers["content-type"] == "application/json"
        return [each["id"] for each in answer.json()["data"]]

    assert models(table.key("of-others", team="b")) == ["dev/qwen", "qwen"]
    assert models(table.key("of-the-team", team="a")) == models(everything)
    assert models(everything) == ["dev/qwen", "qwen", "team-b/cold", "team-b/embed"]
    assert models(one) == ["dev/qwen", "qwen"]
    assert stack.chat("dev/qwen", key=one).status_code == 200
    refused = stack.chat("team-b/embed", key=one)
    missing = stack.chat("team-b/missing", key=one)
    assert refused.status_code == missing.status_code == 404
    assert refused.json()["error"]["code"] == missing.json()["error"]["code"] == "model_not_found"
    assert refused.json()["error"]["message"].replace("embed", "missing") == missing.json()["error"]["message"]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer sk-llm-" + 43 * "A", "sk-llm-"]
)
def test_a_wrong_key_is_refused(gateway, authorization):
    stack, _, _ = gateway
    headers = {"authorization": authorization}
    answer = stack.known(lambda: stack.client.post("/v1/chat/completions", json={"model": "qwen"}, headers=headers))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_longer_body_is_read_after_its_caller_is_known_and_counts_once(gateway):
    stack, table, _ = gateway
    long = {"messages": [{"role": "user", "content": "x" * 5000}], "max_tokens": 16}
    wrong = stack.chat("dev/qwen", key="sk-llm-" + 43 * "A", **long)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "invalid_api_key")
    key = table.key("long", requests_per_second=3)
    left = [int(stack.chat("dev/qwen", key=key, **long).headers["x-ratelimit-remaining-requests"]) for _ in range(2)]
    assert left[0] == 2
    assert left[1] >= 1


def test_requests_that_reach_no_engine_count_too(gateway):
    """The list of models, bodies without a model and models that are not there take a request each."""
    stack, table, _ = gateway
    authorization = {"authorization": f"Bearer {table.key('busy', requests_per_second=1)}"}
    requests = (
        lambda: stack.client.get("/v1/models", headers=authorization),
        lambda: stack.client.post("/v1/completions", json={}, headers=authorization),
        lambda: stack.client.post("/v1/completions", json={"model": "dev/missing"}, headers=authorization),
        lambda: stack.client.post("/v1/completions", json={"model": "x" * 5000}, headers=authorization),
    )
    for request, status in zip(requests, (200, 400, 404, 404), strict=True):
        until("a request is allowed", lambda request=request, status=status: request().status_code == status)
        refused = until("none is", lambda request=request: (got := request()).status_code == 429 and got)
        assert refused.json()["error"]["code"] == "rate_limit_exceeded"
        assert refused.headers["retry-after"] == "1"


def test_an_expired_key_and_one_without_a_tenant_are_refused(gateway):
    stack, table, _ = gateway
    now = int(time.time())
    table.key("gone")
    expired, _ = keys.create(table.table, "gone", "old", created_by="test", now=now - 7200, expires=now - 3600)
    assert stack.chat("qwen", key=expired).json()["error"]["message"] == "This API key is expired."
    lonely = table.key("lonely")
    table.table.transact([_without_limits("lonely")])
    assert stack.chat("qwen", key=lonely).status_code == 403


def _without_limits(tenant):
    from gateway.store import items
    from gateway.store.table import Write

    return Write(place=items.limits_place(tenant), delete=True)


def test_a_revoked_key_is_refused_within_five_seconds(gateway):
    stack, table, _ = gateway
    key = table.key("acme")
    assert stack.chat("qwen", key=key).status_code == 200
    keys.revoke(table.table, keys.digest_of(key))
    revoked_at = time.monotonic()
    assert FRESH_SECONDS < 5
    while stack.chat("qwen", key=key).status_code == 200:
        # A busy machine reads the record later than it should.
        assert time.monotonic() - revoked_at < FRESH_SECONDS + 20
        time.sleep(0.05)
    assert stack.chat("qwen", key=key).json()["error"]["message"] == "This API key is revoked."


def test_tokens_of_the_issuer_name_a_tenant(gateway):
    stack, table, issuer = gateway
    assert stack.chat("qwen", key=issuer.token()).status_code == 403
    tenants.save(table.table, CLIENT, {"team": "red"}, version=0)
    until("the tenant is known", lambda: stack.chat("qwen", key=issuer.token()).status_code == 200)
    until("usage is in the table", lambda: entries(table, CLIENT))
    assert {each.team for each in entries(table, CLIENT)} == {"red"}
    now = int(time.time())
    wrong = [
        issuer.token(exp=now - 3600),
        issuer.token(iss="http://127.0.0.1:1"),
        issuer.token(algorithm="none"),
        issuer.token()[:-8] + "AAAAAAAA",
        issuer.token(client_id=None),
    ]
    assert [stack.chat("qwen", key=token).status_code for token in wrong] == [401] * 5


@pytest.mark.parametrize("model", [None, 7, ["dev/qwen"], {"a": 1}])
def test_a_model_that_is_not_a_text_is_refused(gateway, model):
    stack, table, _ = gateway
    answer = stack.post("/v1/chat/completions", {"model": model, "messages": []}, key=table.key("acme"))
    assert answer.status_code == 400, answer.text
    assert "integers from 2^63 to 2^64 - 1" in answer.json()["error"]["message"]


def test_a_model_without_a_replica_that_does_not_wake_is_refused_at_once(gateway):
    stack, table, _ = gateway
    answer = stack.chat("team-b/cold", key=table.key("acme"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"


def test_a_whole_answer_that_its_client_leaves_costs_its_prompt(gateway):
    stack, table, _ = gateway
    [engine] = stack.services["dev/qwen"].engines
    engine.behave(wait_after=0)
    key, body = table.key("leaves"), {"model": "dev/qwen", "prompt": "x" * 400}
    try:
        with stack.left("/v1/completions", body, key=key):
            until("the engine has it", lambda: engine.counters()["open"] == 1)
        until("the engine's request ends too", lambda: engine.counters()["open"] == 0)
    finally:
        engine.behave()
    until("usage is in the table", lambda: entries(table, "leaves"))
    [entry] = entries(table, "leaves")
    assert (entry.requests, entry.completion_tokens) == (1, 0)
    assert 100 < entry.prompt_tokens < 120
    assert entry.microusd == 100 * entry.prompt_tokens


def test_a_budget_that_is_spent_is_known_at_the_first_request(gateway):
    stack, table, _ = gateway
    key = table.key("spent", usd_per_month=5)
    hour = time.strftime("%Y-%m-%dT%H", time.gmtime())
    usage.add(table.table, "spent", [usage.Usage(hour=hour, model="dev/qwen", microusd=5_000_000)], batch="before")
    answer = stack.chat("dev/qwen", key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")


def test_metrics_are_those_of_both_processes_without_a_key(gateway):
    stack, table, _ = gateway
    key = table.key("counted")
    stack.chat("qwen", key=key)

    def text(path):
        return httpx.get(f"http://127.0.0.1:{stack.config.metrics}{path}", timeout=60, trust_env=False).text

    line = 'llm_gateway_requests_total{code="200",model="dev/qwen",tenant="counted"} 1.0'
    until("the request is counted", lambda: line in text("/metrics"))
    found = text("/metrics")
    assert 'llm_gateway_tokens_total{kind="completion",model="dev/qwen",tenant="counted"} 3.0' in found
    assert 'llm_gateway_ready_replicas{model="dev/qwen"} 1.0' in found
    assert 'llm_gateway_in_flight{model="dev/qwen"} 0.0' in found
    assert "llm_gateway_duration_seconds_bucket" in found
    assert "envoy_cluster_upstream_rq_xx" in text("/stats/prometheus")
    written = found + (stack.root / "policy.log").read_text() + (stack.config.folder / "usage.log").read_text()
    assert key not in written
    assert keys.digest_of(key) not in written
    assert "engine-key" not in written


def test_a_body_without_a_length_reserves_by_what_arrived(gateway):
    stack, table, _ = gateway
    body = json.dumps({"model": "dev/qwen", "messages": [{"role": "user", "content": "x" * 400_000}]}).encode()
    headers = {
        "authorization": f"Bearer {table.key('chunks', tokens_per_minute=1_000_000)}",
        "content-type": "application/json",
    }
    answer = stack.client.post("/v1/chat/completions", content=iter([body[:1000], body[1000:]]), headers=headers)
    assert answer.status_code == 200, answer.text
    limit, left = (int(answer.headers[f"x-ratelimit-{name}-tokens"]) for name in ("limit", "remaining"))
    assert 100_000 < limit - left < 110_000


def test_a_held_request_is_kept_until_it_was_decided_on_again(tmp_path, monkeypatch):
    """A process that is killed meanwhile, as while the table is slow, would else cost it a second look at the limits."""
    one, other = (HeldRequests(tmp_path, number, 60) for number in (0, 1))
    service = SimpleNamespace(endpoints=(), price=None, key="key", name="dev/cold", response_logs=None)
    kept = []

    async def answer(*_):
        return service

    async def check_again(*_):
        kept.append(other.of_the_other("id"))

    monkeypatch.setattr(Check, "_check_again", check_again)
    check = Check(
        **dict.fromkeys(("catalog", "records", "tenants")),
        config=SimpleNamespace(response_logs=None),
        spends=SimpleNamespace(know=answer),
        reservations=SimpleNamespace(process="p", add=lambda *_: 1, sent=lambda _: None),
        hold=SimpleNamespace(ready=answer),
        held=one,
    )
    caller = SimpleNamespace(tenant=SimpleNamespace(name="acme"), team="")
    state = SimpleNamespace(reserve=lambda *_: None, headers=dict)
    wants = SimpleNamespace(prompt_tokens=1, completion_tokens=1, sequences=1, prompts=1)
    asyncio.run(check._admit(caller, state, service, wants, "id"))
    assert kept == [True]
    assert not other.of_the_other("id")
