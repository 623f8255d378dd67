"""Limits of a tenant over two pods of a gateway, attacked at once."""

import time
from collections.abc import Iterator

import pytest

from load import Outcome, Plan, run
from tests.gateway.support.engines import Engine
from tests.gateway.support.fake_engine import PROMPT_TOKENS
from tests.gateway.support.table import TableServer
from tests.gateway.whole.pods import Pods

RATE, SECONDS, PODS = 10, 8, 2
CONCURRENT = 4
TOKENS_A_MINUTE, ANSWER = 6000, 30
MODELS = ("dev/rate", "dev/concurrent", "dev/tokens")

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def pods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pods, TableServer, dict[str, Engine]]]:
    """Two pods that have heard of each other, and an engine for each test."""
    root = tmp_path_factory.mktemp("races")
    engines = {model: Engine(root / f"{model.partition('/')[2]}.log") for model in MODELS}
    services = {model: [engine] for model, engine in engines.items()}
    with TableServer(root) as table, Pods(root, table, services) as pods:
        for _ in range(PODS):
            pods.add()
        time.sleep(3)
        yield pods, table, engines


def test_requests_of_two_pods_stay_within_the_stated_bound(pods) -> None:
    """At most `R * T + (4 - 4 / N) * B`, and one more for each pod, as gateway/policy/limits/bucket.py states it."""
    pods, table, _ = pods
    key = table.key("acme", requests_per_second=RATE)
    begun = time.monotonic()
    report = run(Plan(targets=pods.targets("dev/rate", key), concurrency=40, seconds=SECONDS, max_tokens=1))
    took = time.monotonic() - begun
    assert report.count(Outcome.OK) <= RATE * took + (4 - 4 / PODS) * RATE + PODS
    wanted = min(RATE * took, len(report.answers))  # a busy machine may send fewer
    assert report.count(Outcome.OK) >= wanted * 0.5, "half of the rate is served at least"
    assert {answer.status for answer in report.lost} == {429}
    assert all(int(value.split(": ")[1]) >= 1 for value in report.retry_after)


def test_concurrent_requests_of_two_pods_are_at_most_one_more_than_the_limit(pods) -> None:
    """Each pod rounds its share up, so there are `PODS - 1` more at most (gateway/policy/limits/tenant.py)."""
    pods, table, engines = pods
    engine = engines["dev/concurrent"]
    engine.behave(delay=0.05)
    key = table.key("few", concurrent_requests=CONCURRENT, requests_per_second=1000)
    plan = Plan(targets=pods.targets("dev/concurrent", key), concurrency=40, requests=400, stream_share=0.5)
    report = run(plan)
    assert {answer.status for answer in report.lost} == {429}
    assert report.count(Outcome.OK) >= CONCURRENT
    assert 2 <= engine.counters()["peak"] <= CONCURRENT + PODS - 1


def test_tokens_of_two_pods_stay_within_the_stated_bound(pods) -> None:
    """The same bound, for tokens that the engine made; one request more for each pod is the largest reservation."""
    pods, table, engines = pods
    engine = engines["dev/tokens"]
    engine.behave(chunks=ANSWER)
    key = table.key("many", tokens_per_minute=TOKENS_A_MINUTE, requests_per_second=1000)
    begun = time.monotonic()
    plan = Plan(
        targets=pods.targets("dev/tokens", key), concurrency=20, seconds=SECONDS, max_tokens=ANSWER, stream_share=0.0
    )
    report = run(plan)
    took = time.monotonic() - begun
    assert {answer.status for answer in report.lost} == {429}
    used = engine.counters()["prompt_tokens"] + engine.counters()["completion_tokens"]
    assert used == report.count(Outcome.OK) * (PROMPT_TOKENS + ANSWER)
    largest = ANSWER + 100  # with the prompt, by the length of the body
    assert used <= TOKENS_A_MINUTE / 60 * took + (4 - 4 / PODS) * TOKENS_A_MINUTE + PODS * largest
    wanted = min(TOKENS_A_MINUTE, len(report.answers) * (PROMPT_TOKENS + ANSWER))  # a busy machine may send fewer
    assert used >= wanted / 2, "a pod's share is served at least"
