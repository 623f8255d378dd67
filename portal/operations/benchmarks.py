"""Benchmarks of a service over time, for its team: what was measured, of what, and lines of the main figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmark.record import SentTo, address_of
from benchmark.shape import number
from benchmark.workloads import CHAT, SYNTHETIC
from portal.operations.context import Context
from portal.operations.gateway_access import model_name
from portal.operations.metrics import ChartView, SeriesView

_SERIES: Final = {CHAT: "question", SYNTHETIC: "256 tokens in, 128 out"}
_P90: Final = "p90"
_LONGEST: Final = 200
"""Characters of a record's text that are shown."""
_MOST_ADDRESSES: Final = 3
"""Addresses with charts, those with the newest records; the table has every record."""
_SENT_TO: Final = {SentTo.PODS.value: "To the pods, without the gateway", SentTo.GATEWAY.value: "Through the gateway"}


@dataclass(frozen=True, kw_only=True)
class WorkloadFigures:
    """Main figures of one workload of a record; None where there is none."""

    workload: str
    success_rate: float | None
    requests_per_second: float | None
    output_tokens_per_second: float | None
    ttft_p90: float | None
    """Seconds."""
    latency_p90: float | None
    """Seconds."""
    usd_per_million: float | None
    """US dollars for a million output tokens."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkView:
    """One record."""

    started: str
    """In UTC, as 2026-01-31T12:00:00Z."""
    address: str
    """What requests were sent to: ``pods``, or a URL."""
    model: str
    """Another name than the service's own that requests had as ``model``, such as a LoRA adapter's; empty for its own."""
    sent_to: str
    """Both in words."""
    image: str
    gpus: str
    """Such as ``2 x 1 L40S``: replicas, and the GPUs of each."""
    settings_hash: str
    runs: tuple[WorkloadFigures, ...]


@dataclass(frozen=True, kw_only=True)
class AddressView:
    """Records of one model at one address over time; those of two measure two things, such as with and without the gateway."""

    title: str
    """Address and model in words."""
    times: tuple[str, ...]
    """Of the charts' values, the oldest first."""
    charts: tuple[ChartView, ...]


@dataclass(frozen=True, kw_only=True)
class BenchmarksView:
    """The records of a service."""

    records: tuple[BenchmarkView, ...]
    """The newest first."""
    addresses: tuple[AddressView, ...]
    """The one with the newest record first."""
    problem: str | None
    """Why they cannot be read now; None where they can."""


def of_service(context: Context, service_id: str) -> BenchmarksView:
    """Return the benchmarks of a service.

    Raises:
        PortalError: it is not the actor's.
    """
    service, stack = context.service(service_id)
    cached = context.benchmarks.of_service(stack.platform, model_name(stack.name, service.name))
    found = tuple(_record(one) for one in cached.value or ())
    return BenchmarksView(records=found, addresses=_addresses(found), problem=cached.problem)


def _addresses(found: Sequence[BenchmarkView]) -> tuple[AddressView, ...]:
    views = []
    measured = dict.fromkeys((one.address, one.model) for one in found)
    for place, where in enumerate(list(measured)[:_MOST_ADDRESSES]):
        over_time = [one for one in reversed(found) if (one.address, one.model) == where]
        times = tuple(one.started[:16].replace("T", " ") for one in over_time)
        charts = _charts(over_time, f"-{place}" if place else "")
        views.append(AddressView(title=over_time[-1].sent_to, times=times, charts=charts))
    return tuple(views)


def _charts(found: Sequence[BenchmarkView], suffix: str) -> tuple[ChartView, ...]:
    def chart(name: str, title: str, unit: str, figure: str) -> ChartView:
        series = (
            SeriesView(name=workload, title=words, values=tuple(_value(one, workload, figure) for one in found))
            for workload, words in _SERIES.items()
        )
        return ChartView(name=f"benchmark-{name}{suffix}", title=title, unit=unit, series=tuple(series))

    return (
        chart("tokens", "Output tokens", "a second", "output_tokens_per_second"),
        chart("ttft", "Time to first token, P90", "s", "ttft_p90"),
        chart("latency", "Latency, P90", "s", "latency_p90"),
        chart("usd", "Cost of a million output tokens", "USD", "usd_per_million"),
    )


def _value(record: BenchmarkView, workload: str, figure: str) -> float | None:
    value: float | None = next((getattr(run, figure) for run in record.runs if run.workload == workload), None)
    return value


def _record(document: Mapping[str, Any]) -> BenchmarkView:
    subject, address, model = document["subject"], _text(address_of(document)), _text(document.get("model"))
    sent_to = _SENT_TO.get(address) or _SENT_TO.get(str(document.get("sent_to"))) or f"To {address}"
    gpus = (
        _text(f"{subject.get('gpus')} {subject.get('gpu')}")
        if subject.get("gpu")
        else _text(subject.get("instance_type")) or "CPU"
    )
    return BenchmarkView(
        started=str(document.get("started", ""))[:20],
        address=address,
        model=model,
        sent_to=f"{sent_to}, model {model}" if model else sent_to,
        image=_text(subject.get("image")),
        gpus=f"{_text(subject.get('replicas'))} x {gpus}" if subject.get("replicas") else "",
        settings_hash=_text(subject.get("settings_hash")),
        runs=tuple(_run(one) for one in document["runs"] if isinstance(one, Mapping)),
    )


def _run(run: Mapping[str, Any]) -> WorkloadFigures:
    figures = run.get("figures")
    figures = figures if isinstance(figures, Mapping) else {}
    return WorkloadFigures(
        workload=_text(run.get("workload")),
        success_rate=number(figures.get("success_rate")),
        requests_per_second=number(figures.get("requests_per_second")),
        output_tokens_per_second=number(figures.get("output_tokens_per_second")),
        ttft_p90=_p90(figures.get("ttft_seconds")),
        latency_p90=_p90(figures.get("latency_seconds")),
        usd_per_million=number(figures.get("usd_per_million_output_tokens")),
    )


def _text(value: object) -> str:
    """A text of a record, whose file may be as large as 1 MiB: one short line."""
    return " ".join(str(value or "").split())[:_LONGEST]


def _p90(times: object) -> float | None:
    return number(times.get(_P90)) if isinstance(times, Mapping) else None
