"""Recording and alert rules as data, and the mappings that Prometheus reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from monitoring.rules.durations import milliseconds, scaled, scaled_in

_LEAST_INTERVAL = "1s"
"""However small the time scale is."""
Severity = Literal["critical", "warning", "info"]
"""critical: users are affected now, or soon; warning: a person should look today; info: worth knowing."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A query whose result is kept under a name of its own, with labels added."""

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def rendered(self, time_scale: float) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        labels = {"labels": dict(self.labels)} if self.labels else {}
        return {"record": self.name, "expr": scaled_in(_one_line(self.expr), time_scale), **labels}


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A query that fires while it has a result.

    Attributes:
        name: Name of the alert, and of its page below docs/runbooks.
        expr: The query.
        lasting: How long it must have a result first; empty: at once.
        severity: Who is called, see `Severity`.
        summary: One line: what is wrong where; may use ``{{ $labels.service }}`` and ``{{ $value }}``.
        description: What it means and what to look at first.
        labels: Further labels of the alert.
    """

    name: str
    expr: str
    severity: Severity
    summary: str
    description: str
    lasting: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def rendered(self, time_scale: float, runbooks: str) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        lasting = {"for": scaled(self.lasting, time_scale)} if self.lasting else {}
        return {
            "alert": self.name,
            "expr": scaled_in(_one_line(self.expr), time_scale),
            **lasting,
            "labels": {"severity": self.severity, **self.labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{runbooks}/{self.name}.md",
            },
        }


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rules that Prometheus evaluates one after the other, so that a rule can use those above it.

    Attributes:
        name: Name of the group.
        rules: The rules.
        interval: Time between two evaluations; empty: that of Prometheus. Below the 5 minutes for which a query finds a sample.
    """

    name: str
    rules: tuple[Record | Alert, ...]
    interval: str = ""

    def rendered(self, time_scale: float, runbooks: str) -> dict[str, Any]:
        """The group as Prometheus reads it."""
        rules = [
            rule.rendered(time_scale) if isinstance(rule, Record) else rule.rendered(time_scale, runbooks)
            for rule in self.rules
        ]
        own = max(scaled(self.interval, time_scale), _LEAST_INTERVAL, key=milliseconds) if self.interval else ""
        return {"name": self.name, **({"interval": own} if own else {}), "rules": rules}


def _one_line(expression: str) -> str:
    return " ".join(expression.split())
