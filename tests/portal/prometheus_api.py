"""Prometheus' HTTP API with scripted series and alerts, behind the API server's proxy: answers have the real form.

The form is that of Prometheus 2.42 and 3, as https://prometheus.io/docs/prometheus/latest/querying/api/ documents it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitoring.rules.starts import FIRST_GENERATED
from settings.derived.monitoring.names import NAMESPACE

PROXY = f"/api/v1/namespaces/{NAMESPACE}/services/prometheus:9090/proxy"
EXPORTS = {"monitoring_namespace": NAMESPACE}
_NAMES = re.compile(r'"series", "(\w+)"')
_OF = re.compile(r'service="((?:[^"\\]|\\.)*)"')
Values = Callable[[str, int], float | str | None]
"""Value of a series at a moment, in seconds since 1970; None for no sample."""


@dataclass
class PrometheusApi:
    """What it answers."""

    services: dict[str, Values] = field(default_factory=dict)
    """By public name."""
    alerts: list[dict[str, Any]] = field(default_factory=list)
    first_tokens: dict[str, dict[str, float]] = field(default_factory=dict)
    """By public name of a service: seconds by pod."""
    instead: tuple[int, Any] | None = None
    """Status and body of every answer."""
    queries: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if self.instead is not None:
            return self.instead
        if path == "/api/v1/alerts":
            return 200, {"status": "success", "data": {"alerts": self.alerts}}
        if path == "/api/v1/query":
            assert FIRST_GENERATED in query["query"]
            pods = self.first_tokens.get(_OF.search(query["query"])[1], {})
            result = [{"metric": {"pod": pod}, "value": [time.time(), str(seconds)]} for pod, seconds in pods.items()]
            return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}
        assert path == "/api/v1/query_range"
        self.queries.append(query)
        values = self.services.get(_OF.search(query["query"])[1], lambda *_: None)
        moments = range(int(query["start"]), int(query["end"]) + 1, int(query["step"]))
        result = []
        for name in _NAMES.findall(query["query"]):
            found = [[at, str(value)] for at in moments if (value := values(name, at)) is not None]
            if found:
                result.append({"metric": {"series": name}, "values": found})
        return 200, {"status": "success", "data": {"resultType": "matrix", "result": result}}


def alert(
    name: str, state: str = "firing", severity: str = "warning", minutes: int = 12, summary: str = "", **labels: str
) -> dict[str, Any]:
    """An alert as Prometheus has it."""
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    return {
        "labels": {"alertname": name, "severity": severity} | labels,
        "annotations": {
            "summary": summary or f"{name} of {' '.join(labels.values()) or 'the platform'}",
            "description": "It began when the load rose; its runbook has what to look at first.",
            "runbook_url": f"https://github.com/example/llm-platform/blob/main/docs/runbooks/{name}.md",
        },
        "state": state,
        "activeAt": since.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
        "value": "1e+00",
    }
