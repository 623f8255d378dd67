"""What a service did in the last hour or day, for its team: requests, latency, tokens, queue, GPUs, errors, cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from portal.metrics.spans import GRIDS, Span
from portal.operations.context import Context
from portal.operations.gateway_access import model_name

_COST, _REPLICAS = "cost", "replicas"


@dataclass(frozen=True)
class _Panel:
    name: str
    title: str
    unit: str
    series: Mapping[str, str]
    """Name to what it is."""


PANELS: Final = (
    _Panel("requests", "Requests", "a minute", {"requests": "finished"}),
    _Panel(
        "first_token",
        "Time to first token",
        "s",
        {
            "first_token_p50": "p50",
            "first_token_p95": "p95",
            "gateway_first_token_p50": "p50 at the gateway",
            "gateway_first_token_p95": "p95 at the gateway",
        },
    ),
    _Panel("tokens", "Tokens", "a second", {"answer_tokens": "of answers", "prompt_tokens": "of prompts"}),
    _Panel("queue", "Requests at the engines", "requests", {"running": "running", "waiting": "waiting"}),
    _Panel("gpu", "GPU use", "%", {"gpu": "GPUs of its pods", "kv_cache": "KV cache"}),
    _Panel(
        "errors",
        "Errors",
        "a minute",
        {"engine_errors": "of engines", "gateway_5xx": "5xx at the gateway", "gateway_429": "429 at the gateway"},
    ),
    _Panel("replicas", "Replicas", "replicas", {_REPLICAS: "that serve"}),
    _Panel("cost", "Cost", "USD an hour", {_COST: "at list prices"}),
)


class _View(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, frozen=True)


class SeriesView(_View):
    """One line of a chart."""

    name: str
    title: str
    values: tuple[float | None, ...]
    """At the start and each step after it; none where Prometheus has no sample, or no request to measure."""


class ChartView(_View):
    """One chart."""

    name: str
    title: str
    unit: str
    """Unit of the values, such as s, % or USD an hour."""
    series: tuple[SeriesView, ...]


class ServiceMetricsView(_View):
    """What a service did."""

    span: Span
    start: datetime | None
    """Moment of the first values, in UTC; none where nothing was read yet."""
    step_seconds: int
    """Seconds between two values; each is made of that time, or of the two minutes, before it."""
    read_at: datetime | None
    problem: str | None
    """Why it cannot be read now; none where it can."""
    charts: tuple[ChartView, ...]


def of_service(context: Context, service_id: str, span: Span) -> ServiceMetricsView:
    """Return what a service did.

    Raises:
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id)
    cached = context.metrics.service(stack.platform, model_name(stack.name, service.name), span)
    grid, found = GRIDS[span], cached.value
    if found is None:
        return ServiceMetricsView(
            span=span, start=None, step_seconds=grid.step, read_at=None, problem=cached.problem, charts=()
        )
    values = dict(found.values)
    values[_COST] = _cost(values.get(_REPLICAS), _usd_hour(service.usd_day, service.spec))
    gaps = (None,) * grid.points
    return ServiceMetricsView(
        span=span,
        start=datetime.fromtimestamp(found.start, UTC),
        step_seconds=grid.step,
        read_at=found.read_at,
        problem=cached.problem,
        charts=tuple(
            ChartView(
                name=panel.name,
                title=panel.title,
                unit=panel.unit,
                series=tuple(
                    SeriesView(name=name, title=title, values=values.get(name) or gaps)
                    for name, title in panel.series.items()
                ),
            )
            for panel in PANELS
        ),
    )


def _usd_hour(usd_day: float | None, spec: Mapping[str, Any] | None) -> float | None:
    """US dollars an hour of one replica; None where it is not known."""
    autoscale = (spec or {}).get("autoscale") or {}
    replicas = autoscale.get("max") or (spec or {}).get("replicas", 1)
    return usd_day / 24 / replicas if usd_day is not None and isinstance(replicas, int) and replicas > 0 else None


def _cost(replicas: tuple[float | None, ...] | None, usd_hour: float | None) -> tuple[float | None, ...]:
    if usd_hour is None:
        return ()
    return tuple(None if count is None else round(count * usd_hour, 6) for count in replicas or ())
