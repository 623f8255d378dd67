"""Queries of Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rehearsal.monitoring.proxied import ReadError


class Reader(Protocol):
    """Whatever answers with JSON under a path."""

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """The JSON under a path."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series of an answer.

    Attributes:
        labels: Its labels, ``__name__`` among them where it has one.
        points: Times in seconds since 1970, and values; one point for an instant query.
    """

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]

    @property
    def name(self) -> str:
        """Name and labels as PromQL writes them."""
        labels = ", ".join(f'{key}="{value}"' for key, value in sorted(self.labels.items()) if key != "__name__")
        metric = self.labels.get("__name__", "")
        return f"{metric}{{{labels}}}" if labels or not metric else metric

    @property
    def last(self) -> float:
        """Its newest value."""
        return self.points[-1][1]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target of a scrape."""

    job: str
    address: str
    up: bool
    error: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule as Prometheus evaluates it.

    Attributes:
        name: Of the alert, or of the series that it records.
        query: Its expression.
        records: Whether it records a series.
        error: Why its last evaluation failed; empty: it did not.
    """

    name: str
    query: str
    records: bool
    error: str


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert of a rule: ``pending`` until its condition has held for the rule's ``for``, then ``firing``."""

    name: str
    state: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    since: str


class Prometheus:
    """One Prometheus server."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def query(self, expression: str) -> list[Series]:
        """The series of an expression now; a scalar is a series without labels.

        Raises:
            ReadError: it does not answer, or the expression is wrong.
        """
        return _series(self._data("/api/v1/query", {"query": expression}))

    def query_range(self, expression: str, *, start: float, end: float, step: float) -> list[Series]:
        """The series of an expression between two times, a point each ``step`` seconds.

        Raises:
            ReadError: it does not answer, or the expression is wrong.
        """
        span = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return _series(self._data("/api/v1/query_range", {"query": expression, **span}))

    def targets(self) -> list[Target]:
        """Everything that is scraped.

        Raises:
            ReadError: it does not answer.
        """
        return sorted(
            (
                Target(
                    job=one["labels"].get("job", one["scrapePool"]),
                    address=one["scrapeUrl"],
                    up=one["health"] == "up",
                    error=one["lastError"],
                )
                for one in self._data("/api/v1/targets", {"state": "active"})["activeTargets"]
            ),
            key=lambda target: (target.job, target.address),
        )

    def alerts(self) -> list[Alert]:
        """The alerts that are pending or firing, those that fire first.

        Raises:
            ReadError: it does not answer.
        """
        found = [
            Alert(
                name=one["labels"]["alertname"],
                state=one["state"],
                labels={key: value for key, value in one["labels"].items() if key != "alertname"},
                annotations=one["annotations"],
                since=one["activeAt"],
            )
            for one in self._data("/api/v1/alerts", {})["alerts"]
        ]
        return sorted(found, key=lambda alert: (alert.state, alert.name, sorted(alert.labels.items())))

    def rules(self) -> list[Rule]:
        """All rules.

        Raises:
            ReadError: it does not answer.
        """
        return [
            Rule(
                name=one["name"],
                query=one["query"],
                records=one["type"] == "recording",
                error=one.get("lastError", ""),
            )
            for group in self._data("/api/v1/rules", {})["groups"]
            for one in group["rules"]
        ]

    def names(self) -> list[str]:
        """The names of all metrics that it has.

        Raises:
            ReadError: it does not answer.
        """
        return sorted(self._data("/api/v1/label/__name__/values", {}))

    def _data(self, path: str, parameters: Mapping[str, str]) -> Any:
        answer = self._reader.get(path, parameters)
        if answer.get("status") != "success":
            raise ReadError(f"{answer.get('errorType')}: {answer.get('error')}")
        return answer["data"]


def _series(data: Any) -> list[Series]:
    if data["resultType"] in {"scalar", "string"}:
        return [Series(labels={}, points=[_point(data["result"])])]
    return [
        Series(labels=one["metric"], points=[_point(point) for point in one.get("values", [one.get("value")])])
        for one in data["result"]
    ]


def _point(pair: Sequence[Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])
