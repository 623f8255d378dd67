"""What Prometheus answers: https://prometheus.io/docs/prometheus/latest/querying/api/. Nothing of it is trusted to be so."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from portal.metrics.queries import SERIES_LABEL

_ERROR_TYPE: Final = re.compile(r"[a-z_]{1,40}")
_LONGEST: Final = 500
"""Characters of a label or an annotation that are kept."""
_SPACES: Final = re.compile(r"\s+")


class MetricsError(Exception):
    """Metrics cannot be read; the message is one line, without secrets."""


class AwayError(MetricsError):
    """Nothing answers, or nothing may be read: so it is for every other query too."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert of a rule."""

    name: str
    state: str
    """firing, or pending until it was true for as long as its rule says."""
    severity: str
    """critical, warning or info; empty where the rule has none."""
    since: datetime
    """Since when its condition is true."""
    labels: Mapping[str, str]
    summary: str
    description: str
    runbook_url: str


def data(body: bytes, status: int) -> Any:
    """Return ``data`` of an answer.

    Raises:
        MetricsError: it is an error, or no answer of Prometheus.
    """
    try:
        found = json.loads(body)
        succeeded, kind = found.get("status") == "success", found.get("errorType")
        if succeeded:
            return found["data"]
    except (ValueError, RecursionError, AttributeError, KeyError):
        raise MetricsError(f"Prometheus answered {status} and something that is not its API") from None
    reason = f" ({kind})" if isinstance(kind, str) and _ERROR_TYPE.fullmatch(kind) else ""
    raise MetricsError(f"Prometheus answered {status}{reason}: its log has the reason")


def series(found: Any, start: int, step: int, points: int) -> dict[str, tuple[float | None, ...]]:
    """Return the values of each series of a matrix at the moments of a grid; None where there is none.

    Args:
        found: ``data`` of a range query.
        start: First moment, in seconds since 1970.
        step: Seconds between two moments.
        points: Number of moments; what is at no moment is left out.

    Raises:
        MetricsError: it is no matrix.
    """
    result: dict[str, tuple[float | None, ...]] = {}
    try:
        if found["resultType"] != "matrix":
            raise MetricsError("Prometheus answered no matrix")
        for one in found["result"]:
            values: list[float | None] = [None] * points
            for moment, text in one["values"]:
                place = (float(moment) - start) / step
                if place.is_integer() and 0 <= place < points:
                    value = float(text)
                    # A quantile of no requests is NaN: there is no latency then, as little as there are samples.
                    values[int(place)] = value if math.isfinite(value) else None
            result[str(one["metric"][SERIES_LABEL])] = tuple(values)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise MetricsError("Prometheus answered a matrix of an unknown shape") from None
    return result


def vector(found: Any, label: str) -> dict[str, float]:
    """Return the values of an instant query by a label; without those that are not finite.

    Raises:
        MetricsError: it is not a vector, or a series does not have the label.
    """
    try:
        if found["resultType"] != "vector":
            raise MetricsError("Prometheus answered no vector")
        values = {str(one["metric"][label]): float(one["value"][1]) for one in found["result"]}
    except (KeyError, IndexError, TypeError, ValueError, OverflowError):
        raise MetricsError("Prometheus answered a vector of an unknown shape") from None
    return {name: value for name, value in values.items() if math.isfinite(value)}


def alerts(found: Any) -> tuple[Alert, ...]:
    """Return the alerts of an answer.

    Raises:
        MetricsError: it has none as Prometheus has them.
    """
    try:
        return tuple(_alert(one) for one in found["alerts"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise MetricsError("Prometheus answered alerts of an unknown shape") from None


def _alert(one: Mapping[str, Any]) -> Alert:
    labels = {str(name): _text(value) for name, value in one["labels"].items()}
    annotations = {str(name): _text(value) for name, value in one["annotations"].items()}
    since = datetime.fromisoformat(one["activeAt"])
    if since.tzinfo is None:
        raise ValueError("a moment without a zone")
    return Alert(
        name=labels["alertname"],
        state=_text(one["state"]),
        severity=labels.get("severity", ""),
        since=since,
        labels=labels,
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        runbook_url=annotations.get("runbook_url", ""),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return _SPACES.sub(" ", value).strip()[:_LONGEST]
