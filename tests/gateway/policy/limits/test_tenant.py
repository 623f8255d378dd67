"""Limits of a tenant, through the real Envoy."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from gateway.config import Limits as Defaults
from gateway.policy.accounts.entries import SEQUENCE_TOKENS_A_SECOND
from gateway.policy.answers import RefusalError
from gateway.policy.limits.tenant import Allowed, TenantState
from gateway.store import keys, tenants, usage
from gateway.store.limits import Limits
from settings.models.gateway import GatewayLimits
from tests.gateway.support.processes import until
from tests.gateway.support.stack import CHAT, Stack
from tests.gateway.support.table import TableServer


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    root = tmp_path_factory.mktemp("gateway")
    with (
        TableServer(root) as table,
        Stack(root, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack,
    ):
        stack.services["dev/qwen"].price = {"input_usd": 100.0, "output_usd": 1000.0}
        stack.publish()
        yield stack, table


def admitted(limits: Limits, *, rate: int, seconds: int, tokens: int) -> int:
    """Of requests that are sent at a rate and use the tokens that they reserve, those that a tenant's limits admit."""
    now = 0.0
    state = TenantState("load", Allowed.of(limits, Defaults(**GatewayLimits().model_dump())), 1, lambda: now)
    count = 0
    for number in range(rate * seconds):
        now = number / rate
        with suppress(RefusalError):
            state.reserve(tokens, 0.0).settle(tokens)
            count += 1
    return count


def test_the_default_limit_of_tokens_bounds_long_answers():
    sent = {"rate": 8, "seconds": 120, "tokens": 2000}
    assert admitted(Limits(), **sent) == pytest.approx(3 * 100_000 / 2000, abs=2), (
        "a burst of a minute's, and two minutes"
    )
    assert admitted(Limits(tokens_per_minute=10_000_000), **sent) == 8 * 120


def burst(stack, key, count, **body):
    with ThreadPoolExecutor(count) as pool:
        return [each.result() for each in [pool.submit(stack.chat, "dev/qwen", key=key, **body) for _ in range(count)]]


def in_flight(stack) -> float:
    text = httpx.get(f"http://127.0.0.1:{stack.config.metrics}/metrics", timeout=60, trust_env=False).text
    return sum(
        float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("llm_gateway_in_flight{")
    )


def test_requests_a_second(gateway):
    stack, table = gateway
    # So few that a slow machine cannot send them all within the limit.
    key = table.key("slow", requests_per_second=Decimal(1))
    started = time.monotonic()
    answers = burst(stack, key, 20)
    passed = [each for each in answers if each.status_code == 200]
    refused = [each for each in answers if each.status_code == 429]
    assert len(passed) + len(refused) == 20
    assert 1 <= len(passed) <= 1 + (time.monotonic() - started) + 1
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].headers["x-ratelimit-remaining-requests"] == "0"
    assert refused[0].json()["error"]["code"] == "rate_limit_exceeded"


def test_tokens_a_minute_are_reserved_before_and_settled_after_also_for_streams(gateway):
    stack, table = gateway
    key = table.key("small", tokens_per_minute=3000)
    # Each request uses 10 tokens and reserves more than a thousand.
    for number in range(8):
        answer = stack.chat("dev/qwen", key=key, max_tokens=1000, stream=number % 2 == 0)
        assert answer.status_code == 200, answer.text
    until("all are settled", lambda: in_flight(stack) == 0)
    codes = [each.status_code for each in burst(stack, key, 6, max_tokens=1000)]
    assert 1 <= codes.count(200) <= 6
    until("all are settled", lambda: in_flight(stack) == 0)
    many = burst(stack, key, 6, max_tokens=100, n=25)
    assert {each.status_code for each in many} == {200, 429}


def remaining(answer) -> int:
    return int(answer.headers["x-ratelimit-remaining-tokens"])


@pytest.mark.parametrize(
    ("name", "prompts", "completions"),
    [
        ("text", "a text", 200),
        ("tokens", [1, 2, 3], 200),
        ("texts", ["a text"] * 5, 1000),
        ("lists of tokens", [[1, 2, 3]] * 5, 1000),
        ("long", ["a longer text " * 100] * 300, 60_000),  # more than the policy gets of a body
        ("long first", ["a" * 300_000, *["a"] * 3000], 600_200),  # the policy gets a part of the first alone
    ],
)
def test_each_prompt_of_a_list_is_reserved_and_settled(gateway, name, prompts, completions):
    stack, table = gateway
    [engine] = stack.services["dev/qwen"].engines
    body = {"model": "dev/qwen", "prompt": prompts, "max_tokens": 100, "n": 2}
    limit = 4 * (completions + len(json.dumps(body)) // 4)
    key = table.key(name.replace(" ", "-"), tokens_per_minute=limit)
    started = time.monotonic()
    answer = stack.post("/v1/completions", body, key=key)
    refilled = limit / 60 * (time.monotonic() - started) + 1
    assert answer.status_code == 200, answer.text
    assert json.loads(engine.requests()[-1]["body"]) == body
    assert limit - 2 * limit / 4 <= remaining(answer) <= limit - completions + refilled
    until("no request is in flight", lambda: in_flight(stack) == 0)
    assert remaining(stack.chat("dev/qwen", key=key, max_tokens=1)) > limit - 150


@pytest.mark.parametrize(
    "body",
    [{"max_tokens": -(10**9)}, {"n": -5, "max_tokens": 10}, {"max_tokens": 1e308, "n": 1e308}, {"max_tokens": "9"}],
)
def test_no_number_in_a_body_gives_tokens_back(gateway, body):
    stack, table = gateway
    key = table.key("hostile", tokens_per_minute=100_000)
    for _ in range(2):
        answer = stack.chat("dev/qwen", key=key, **body)
        if answer.status_code == 200:
            assert int(answer.headers["x-ratelimit-remaining-tokens"]) < 100_000
        else:
            assert answer.status_code == 429


def test_a_client_that_leaves_a_whole_answer_has_used_what_the_engine_may_have_made(gateway):
    stack, table = gateway
    [engine] = stack.services["dev/qwen"].engines
    key = table.key("leaving", tokens_per_minute=600)
    started = time.monotonic()
    engine.behave(wait_after=0)
    body = {"model": "dev/qwen", "messages": [], "max_tokens": 400}
    with stack.left("/v1/chat/completions", body, key=key):
        until("the engine has it", lambda: engine.counters()["open"] == 1)
        time.sleep(2 * body["max_tokens"] / SEQUENCE_TOKENS_A_SECOND)  # so long a fast engine takes for all of it
    until("the engine has noticed", lambda: engine.counters()["open"] == 0)
    until("no request is in flight", lambda: in_flight(stack) == 0)
    engine.behave()
    answer = stack.chat("dev/qwen", key=key, max_tokens=1)
    assert answer.status_code == 200, answer.text
    assert remaining(answer) <= 200 + 10 * (time.monotonic() - started) + 1
    until("usage is written", lambda: table.used("leaving").requests == 2)
    assert table.used("leaving").completion_tokens == 3, "of the second request alone"


def test_concurrent_requests(gateway):
    stack, table = gateway
    key = table.key("narrow", concurrent_requests=2)
    for _ in range(10):  # one after the other never meets the limit
        assert stack.chat("dev/qwen", key=key).status_code == 200
    [engine] = stack.services["dev/qwen"].engines
    engine.behave(wait_after=0)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(stack.chat, "dev/qwen", key=key) for _ in range(2)]
        until("both run", lambda: engine.counters()["open"] == 2)
        assert stack.chat("dev/qwen", key=key).status_code == 429
        engine.release()
        assert [each.result().status_code for each in running] == [200, 200]
    engine.behave()
    assert stack.chat("dev/qwen", key=key).status_code == 200


def test_a_budget_is_noticed_at_80_percent_and_refuses_when_it_is_spent(gateway):
    stack, table = gateway
    # A request costs 0.0037 dollars: 7 tokens of prompt and 3 of an answer.
    key = table.key("poor", usd_per_day=Decimal("0.04"))
    answers = []

    def spent():
        # What an answer cost counts when its line of the access log was read.
        until("no request is in flight", lambda: in_flight(stack) == 0)
        answers.append(stack.chat("dev/qwen", key=key, max_tokens=3))
        return answers[-1].status_code == 429

    until("the budget is spent", spent)
    last = answers[-1]
    assert last.json()["error"]["code"] == "insufficient_quota"
    assert 60 <= int(last.headers["retry-after"]) <= 3600
    assert any("day=" in each.headers.get("x-budget-used", "") for each in answers)
    used = len(answers) - 1
    assert 9 <= used <= 14, used
    log = stack.root / "policy.log"
    until("the notice is logged", lambda: "tenant poor has used day=" in log.read_text())
    until("usage is written", lambda: table.used("poor").requests == used)
    spend = usage.spent(table.table, "poor", datetime.now(UTC).date())
    assert spend.day == used * 3700
    tenant = tenants.find(table.table, "poor")
    tenants.save(table.table, "poor", {"usd_per_day": Decimal(1)}, version=tenant.version)
    until("a larger budget counts", lambda: stack.chat("dev/qwen", key=key).status_code == 200)


def test_what_changes_while_a_stream_runs_changes_nothing_of_it(gateway):
    """Its key is revoked, its tenant has other limits, and the budget is spent; all of that holds for the next request."""
    stack, table = gateway
    [engine] = stack.services["dev/qwen"].engines
    key, other = table.key("mover", usd_per_day=Decimal(5)), table.key("mover")
    engine.behave(chunks=20, wait_after=5)
    try:
        headers, body = {"authorization": f"Bearer {key}"}, {"model": "dev/qwen", "stream": True, **CHAT}
        with stack.client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
            lines = answer.iter_lines()
            seen = [next(lines) for _ in range(9)]
            keys.revoke(table.table, keys.digest_of(key))
            tenant = tenants.find(table.table, "mover")
            changed = {"usd_per_day": Decimal(1), "tokens_per_minute": 1000}
            tenants.save(table.table, "mover", changed, version=tenant.version)
            hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
            spent = usage.Usage(hour=hour, model="dev/qwen", requests=1, microusd=2_000_000)
            usage.add(table.table, "mover", [spent], batch="elsewhere")
            count = 1 + until_refused(stack, key, "invalid_api_key") + until_refused(stack, other, "insufficient_quota")
            engine.release()
            seen += list(lines)
    finally:
        engine.behave()
    assert seen[-2:] == ["data: [DONE]", ""]
    assert sum("t20 " in line for line in seen) == 1
    until("the usage is written", lambda: table.used("mover").requests == 1 + count, pause=0.2)
    used = table.used("mover")
    assert (used.prompt_tokens, used.completion_tokens) == (7 * count, 20 * count)
    until("nothing is in flight", lambda: in_flight(stack) == 0)


def until_refused(stack, key, code) -> int:
    """How many requests of a key pass until one is refused with that code."""
    passed = 0
    end = time.monotonic() + 60
    while time.monotonic() < end:
        answer = stack.chat("dev/qwen", key=key, max_tokens=1)
        if answer.status_code == 200:
            passed += 1
        elif answer.json()["error"]["code"] == code:
            return passed
        time.sleep(0.3)
    raise AssertionError(f"none is refused with {code}")
