"""Answers of Prometheus, and of what is none."""

import json
import math
from typing import Any

import pytest

from portal.metrics import answers
from portal.metrics.answers import MetricsError
from tests.portal.prometheus_api import alert


def matrix(*values: list[Any], name: str = "requests") -> dict[str, Any]:
    return {"resultType": "matrix", "result": [{"metric": {"series": name}, "values": list(values)}]}


def test_values_are_where_their_moments_are_and_gaps_are_none():
    found = answers.series(matrix([60, "1"], [180.0, "2.5"], [240, "NaN"], [300, "+Inf"]), 0, 60, 6)
    assert found == {"requests": (None, 1.0, None, 2.5, None, None)}


def test_moments_of_no_step_are_left_out():
    found = answers.series(
        matrix([-60, "1"], [30, "2"], [120, "3"], [10**9, "4"], [math.inf, "5"], [math.nan, "6"]), 0, 60, 2
    )
    assert found == {"requests": (None, None)}


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {},
        {"resultType": "vector", "result": []},
        {"resultType": "matrix"},
        {"resultType": "matrix", "result": {"a": 1}},
        {"resultType": "matrix", "result": [{"metric": {}, "values": []}]},
        {"resultType": "matrix", "result": [{"metric": None, "values": []}]},
        matrix(["x", "1"]),
        matrix([0, "one"]),
        matrix([0, None]),
        matrix([0]),
    ],
)
def test_another_shape_is_a_line(found: Any):
    with pytest.raises(MetricsError, match="Prometheus answered"):
        answers.series(found, 0, 60, 6)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"<html>", "answered 200 and something that is not its API"),
        (b"", "not its API"),
        (b"[]", "not its API"),
        (b'{"status": "success"}', "not its API"),
        (b"[" * 100_000, "not its API"),
        (b"\xff\xfe\x00", "not its API"),
        (b'{"status": "error", "errorType": "execution", "error": "secret"}', r"answered 200 \(execution\)"),
        (b'{"status": "error", "errorType": "<b>x</b>"}', "answered 200: its log"),
    ],
)
def test_an_answer_that_is_none_is_a_line_without_its_text(body: bytes, line: str):
    with pytest.raises(MetricsError, match=line) as raised:
        answers.data(body, 200)
    assert "secret" not in str(raised.value)
    assert "<" not in str(raised.value)


def test_an_alert_has_what_its_rule_says():
    (one,) = answers.alerts({"alerts": [alert("LlmQueueLong", service="dev/qwen")]})
    assert (one.name, one.severity, one.state, one.labels["service"]) == (
        "LlmQueueLong",
        "warning",
        "firing",
        "dev/qwen",
    )
    assert one.since.tzinfo is not None
    assert one.runbook_url.endswith("LlmQueueLong.md")


def vector(*series: Any) -> dict[str, Any]:
    return {"resultType": "vector", "result": list(series)}


def test_values_of_an_instant_query_are_by_label():
    found = vector(
        {"metric": {"pod": "a"}, "value": [1795829460.123, "312.5"]}, {"metric": {"pod": "b"}, "value": [1, "NaN"]}
    )
    assert answers.vector(found, "pod") == {"a": 312.5}
    assert answers.vector(vector(), "pod") == {}


@pytest.mark.parametrize(
    "found",
    [
        None,
        matrix(),
        {"resultType": "vector"},
        vector({"metric": {}, "value": [0, "1"]}),
        vector({"metric": {"pod": "a"}, "value": [0]}),
        vector({"metric": {"pod": "a"}, "value": [0, "one"]}),
        vector({"metric": {"pod": "a"}}),
        vector(None),
    ],
)
def test_another_shape_of_a_vector_is_a_line(found: Any):
    with pytest.raises(MetricsError, match="Prometheus answered"):
        answers.vector(found, "pod")


def test_texts_of_alerts_are_one_short_line():
    long = alert("A") | {"annotations": {"summary": "x\n" * 5000}}
    found = answers.alerts({"alerts": [long] * 2})
    assert len(found) == 2
    assert len(found[0].summary) <= 500
    assert "\n" not in found[0].summary


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {}},
        {"labels": None},
        {"labels": {"alertname": 1}},
        {"annotations": []},
        {"activeAt": "yesterday"},
        {"activeAt": "2026-11-27T10:00:00"},
        {"state": 1},
    ],
)
def test_alerts_of_another_shape_are_a_line(change: dict[str, Any]):
    with pytest.raises(MetricsError, match="alerts of an unknown shape"):
        answers.alerts({"alerts": [alert("A") | change]})


def test_an_answer_of_prometheus_is_read():
    assert answers.data(json.dumps({"status": "success", "data": {"alerts": []}}).encode(), 200) == {"alerts": []}
