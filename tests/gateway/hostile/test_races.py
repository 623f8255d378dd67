"""Limits of a tenant over two pods of a gateway, attacked at once."""

import time
from pathlib import Path

import pytest

from load import Outcome, Plan, run
from tests.gateway.support.table import TableServer
from tests.gateway.whole.pods import Pods
from tests.gateway.whole.vllm import VllmEngine

RATE, SECONDS, PODS = 10, 8, 2


@pytest.mark.thorough
def test_requests_of_two_pods_stay_within_the_stated_bound(tmp_path: Path) -> None:
    """At most `R * T + (4 - 4 / N) * B`, and one more for each pod, as gateway/policy/limits/bucket.py states it."""
    services = {"dev/qwen": [VllmEngine(tmp_path / "qwen.log", ("dev/qwen",))]}
    with TableServer(tmp_path) as table, Pods(tmp_path, table, services) as pods:
        key = table.key("acme", requests_per_second=RATE)
        few = table.key("few", concurrent_requests=4, requests_per_second=1000)
        for _ in range(PODS):
            pods.add()
        time.sleep(3)  # so that the pods have heard of each other
        begun = time.monotonic()
        plan = Plan(targets=pods.targets("dev/qwen", key), concurrency=40, seconds=SECONDS, max_tokens=1)
        report = run(plan)
        took = time.monotonic() - begun
        assert report.count(Outcome.OK) <= RATE * took + (4 - 4 / PODS) * RATE + PODS
        assert report.count(Outcome.OK) >= RATE * took * 0.5, "half of the rate is served at least"
        assert {answer.status for answer in report.lost} == {429}
        assert all(int(value.split(": ")[1]) >= 1 for value in report.retry_after)
        held = run(Plan(targets=pods.targets("dev/qwen", few), concurrency=40, requests=400, max_tokens=50))
        assert {answer.status for answer in held.lost} <= {429}
        assert held.count(Outcome.OK) > 0
