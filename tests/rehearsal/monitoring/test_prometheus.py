"""Answers of Prometheus' API as its documentation has them, and as Prometheus 3.16 gave them."""

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.monitoring.prometheus import Prometheus
from rehearsal.monitoring.proxied import ReadError


class Answers:
    """Answers one path, and keeps what was requested."""

    def __init__(self, data: Any, status: str = "success", **more: str) -> None:
        self._answer = {"status": status, "data": data, **more}
        self.requested: list[tuple[str, Mapping[str, str]]] = []

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        self.requested.append((path, dict(parameters or {})))
        return self._answer


def test_an_instant_query() -> None:
    one = {"metric": {"__name__": "up", "job": "engines", "pod": "a"}, "value": [1435781451.781, "1"]}
    answers = Answers({"resultType": "vector", "result": [one]})
    [series] = Prometheus(answers).query("up")
    assert series.name == 'up{job="engines", pod="a"}'
    assert series.last == 1
    assert answers.requested == [("/api/v1/query", {"query": "up"})]


def test_a_scalar_and_a_series_without_name() -> None:
    [series] = Prometheus(Answers({"resultType": "scalar", "result": [1.5, "42"]})).query("42")
    assert (series.name, series.points) == ("{}", [(1.5, 42.0)])
    [series] = Prometheus(Answers({"resultType": "vector", "result": [{"metric": {}, "value": [1, "NaN"]}]})).query("x")
    assert series.last != series.last


def test_a_range() -> None:
    one = {"metric": {"__name__": "up"}, "values": [[1, "0"], [2, "1"]]}
    answers = Answers({"resultType": "matrix", "result": [one]})
    [series] = Prometheus(answers).query_range("up", start=1, end=2, step=1)
    assert (series.name, series.points) == ("up", [(1.0, 0.0), (2.0, 1.0)])
    [(path, parameters)] = answers.requested
    assert (path, parameters["step"]) == ("/api/v1/query_range", "1.000")


def test_targets_are_in_order() -> None:
    found = [
        {"labels": {"job": job}, "scrapePool": "x", "scrapeUrl": url, "health": health, "lastError": error}
        for job, url, health, error in [
            ("kubelet", "https://10.0.0.9:10250/metrics/resource", "down", "server returned HTTP status 403 Forbidden"),
            ("engines", "http://10.0.0.8:8000/metrics", "up", ""),
        ]
    ]
    engines, kubelet = Prometheus(Answers({"activeTargets": found})).targets()
    assert (engines.job, engines.up) == ("engines", True)
    assert not kubelet.up
    assert "403" in kubelet.error


def test_alerts_that_fire_come_first() -> None:
    found = [
        {
            "labels": {"alertname": name, "severity": "warning"},
            "annotations": {"summary": "s"},
            "state": state,
            "activeAt": "2018-07-04T20:27:12.60602144+02:00",
            "value": "1e+00",
        }
        for name, state in (("B", "pending"), ("C", "firing"), ("A", "firing"))
    ]
    alerts = Prometheus(Answers({"alerts": found})).alerts()
    assert [alert.name for alert in alerts] == ["A", "C", "B"]
    assert alerts[0].labels == {"severity": "warning"}


def test_rules() -> None:
    rules = [
        {"name": "llm:service", "query": "group(up)", "type": "recording", "health": "ok"},
        {"name": "A", "query": "up == 0", "type": "alerting", "health": "err", "lastError": "many-to-many"},
    ]
    record, alert = Prometheus(Answers({"groups": [{"name": "llm", "rules": rules}]})).rules()
    assert (record.name, record.records, record.error) == ("llm:service", True, "")
    assert (alert.query, alert.records, alert.error) == ("up == 0", False, "many-to-many")


def test_a_wrong_expression() -> None:
    answers = Answers(None, "error", errorType="bad_data", error='1:5: parse error: unexpected "}"')
    with pytest.raises(ReadError, match=r"bad_data: 1:5: parse error"):
        Prometheus(answers).query("up}")
