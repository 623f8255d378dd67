"""Charts of a service for its team, and one line where they cannot be."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from portal import background_cache
from portal.metrics import reading
from tests.portal import cluster_api, prometheus_api
from tests.portal.people import Portal
from tests.portal.prometheus_api import PROXY, PrometheusApi

NAME = "dev-search/qwen"


@pytest.fixture
def prometheus(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrometheusApi]:
    monkeypatch.setattr(background_cache, "_FAILED_SECONDS", 0.0)
    monkeypatch.setattr(reading, "_AWAY_SECONDS", 0.0)
    found = PrometheusApi(services={NAME: lambda name, at: 2.0 if name == "replicas" else 40.0})
    with cluster_api.serving() as api:
        api.proxies[PROXY] = found
        portal.runner.kubeconfig = api.kubeconfig()
        portal.runner.monitoring = dict(prometheus_api.EXPORTS)
        yield found


def until(portal: Portal, login: str, path: str, done: Any = lambda found: found["read_at"]) -> Any:
    """The answer, once it is done."""
    end = time.monotonic() + 60
    while True:
        found = getattr(portal, login).get(path).json()
        if done(found):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.02)


def problem(portal: Portal, path: str) -> str:
    found = until(portal, "vera", path, lambda found: found["problem"] and "is being read" not in found["problem"])
    text: str = found["problem"]
    return text


@pytest.mark.parametrize(("span", "points", "step"), [("hour", 61, 60), ("day", 97, 900)])
def test_a_team_sees_what_its_service_did(portal: Portal, prometheus: PrometheusApi, span: str, points: int, step: int):
    service = portal.deployed()
    found = until(portal, "vera", f"/services/{service['id']}/metrics?span={span}")
    assert (found["problem"], found["step_seconds"]) == (None, step)
    charts = {one["name"]: one for one in found["charts"]}
    assert set(charts) == {"requests", "first_token", "tokens", "queue", "gpu", "errors", "replicas", "cost"}
    assert all(len(series["values"]) == points for one in charts.values() for series in one["series"])
    assert charts["first_token"]["series"][1]["values"] == [40.0] * points
    (asked,) = prometheus.queries
    assert int(asked["start"]) % step == 0
    assert int(asked["end"]) <= time.time()
    assert NAME in asked["query"]


def test_cost_is_that_of_the_pods_there_were(portal: Portal, prometheus: PrometheusApi):
    service = portal.deployed()
    prometheus.services[NAME] = lambda name, at: (at // 60 % 3 or None) if name == "replicas" else None
    found = until(portal, "vera", f"/services/{service['id']}/metrics")
    charts = {one["name"]: one["series"][0]["values"] for one in found["charts"]}
    one = service["usd_day"] / 24
    assert {None, round(one, 6), round(2 * one, 6)} == set(charts["cost"])
    assert [value is None for value in charts["cost"]] == [value is None for value in charts["replicas"]]
    assert charts["gpu"] == [None] * 61


def test_another_team_sees_nothing(portal: Portal, prometheus: PrometheusApi):
    service = portal.deployed()["id"]
    assert portal.otto.get(f"/services/{service}/metrics").status_code == 404
    assert portal.otto.get(f"/services/{service}/alerts").status_code == 404
    assert portal.browser("otto").get(f"/services/{service}/metrics/live").status_code == 404
    assert prometheus.queries == []


def test_only_spans_are_chosen(portal: Portal, prometheus: PrometheusApi):
    service = portal.deployed()["id"]
    for query in ("span=week", "span=3600", "span="):
        assert portal.vera.get(f"/services/{service}/metrics?{query}").status_code == 422
    until(portal, "vera", f"/services/{service}/metrics?query=up&step=1&start=0")
    assert {one["step"] for one in prometheus.queries} == {"60"}


def test_a_platform_without_monitoring_says_so(portal: Portal):
    service = portal.deployed()
    assert problem(portal, f"/services/{service['id']}/metrics") == "platform dev has no monitoring"
    page = portal.browser("vera").get(f"/services/{service['id']}").text
    assert "Metrics cannot be shown: platform dev has no monitoring." in page


@pytest.mark.parametrize(
    ("instead", "line"),
    [
        ((403, {"kind": "Status"}), "needs get on services/proxy for prometheus:9090"),
        ((404, {"kind": "Status"}), "the cluster has no Service llm-monitoring/prometheus"),
        ((503, {"kind": "Status", "message": "no endpoints available"}), "Prometheus is not ready"),
        ((200, b"<html>busy</html>"), "something that is not its API"),
        ((200, b"x" * 2_000_000), "Prometheus answered more than 1024 KiB"),
        ((422, {"status": "error", "errorType": "execution", "error": "x"}), r"Prometheus answered 422 (execution)"),
        ((200, {"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}}), "no matrix"),
    ],
)
def test_what_goes_wrong_is_one_line_and_the_page_is_there(
    portal: Portal, prometheus: PrometheusApi, instead: tuple[int, Any], line: str
):
    service = portal.deployed()
    prometheus.instead = instead
    assert line in problem(portal, f"/services/{service['id']}/metrics")
    answer = portal.browser("vera").get(f"/services/{service['id']}")
    assert answer.status_code == 200
    assert "Metrics cannot be shown" in answer.text


def test_the_last_look_stays_when_the_next_one_fails(
    portal: Portal, prometheus: PrometheusApi, monkeypatch: pytest.MonkeyPatch
):
    service = portal.deployed()
    until(portal, "vera", f"/services/{service['id']}/metrics")
    prometheus.instead = (503, {})
    for kept in portal.deps.metrics._services._kept.values():
        kept.due = 0.0
    assert problem(portal, f"/services/{service['id']}/metrics").startswith("Prometheus is not ready")
    page = portal.browser("vera").get(f"/services/{service['id']}").text
    assert "The last look at Prometheus failed" in page
    assert '<svg class="lines"' in page


def test_no_page_waits_for_a_prometheus_that_hangs(portal: Portal, prometheus: PrometheusApi):
    service = portal.deployed()["id"]
    browser = portal.browser("vera")
    original = prometheus.services[NAME]
    answers_now = threading.Event()
    prometheus.services[NAME] = lambda name, at: original(name, at) if answers_now.wait(60) else None
    begin = time.monotonic()
    answers = [browser.get(f"/services/{service}{query}") for query in ("", "?span=day", "", "?span=day")]
    assert time.monotonic() - begin < 30
    answers_now.set()
    assert all("what Prometheus has is being read" in answer.text for answer in answers)
