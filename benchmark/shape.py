"""Whether what was read as a record has what a comparison needs: a file can have been changed by hand, or be another program's."""

from typing import Any

_FIGURES = ("success_rate", "requests_per_second", "output_tokens_per_second")
_TIMES = ("latency_seconds", "ttft_seconds")
_LARGEST = 10**15


def is_whole(document: dict[str, Any]) -> bool:
    """Whether its start, its subject, each of its runs and its sweep are as ``record.record`` makes them."""
    subject, runs, sweep = document.get("subject"), document.get("runs"), document.get("sweep")
    return (
        isinstance(document.get("started"), str)
        and isinstance(subject, dict)
        and isinstance(subject.get("settings") or {}, dict)
        and isinstance(runs, list)
        and all(map(_is_run, runs))
        and (sweep is None or _is_sweep(sweep))
    )


def _is_run(run: object) -> bool:
    figures = run.get("figures") if isinstance(run, dict) and isinstance(run.get("workload"), str) else None
    return (
        isinstance(figures, dict)
        and all(number(figures.get(name)) is not None for name in _FIGURES)
        and all(_is_times(figures.get(name)) for name in _TIMES)
    )


def _is_times(times: object) -> bool:
    return times is None or (isinstance(times, dict) and number(times.get("p90")) is not None)


def _is_sweep(sweep: object) -> bool:
    if not isinstance(sweep, dict):
        return False
    at, replicas = sweep.get("at"), sweep.get("replicas")
    known = replicas is None or isinstance(replicas, int)
    return (at is None or isinstance(at, dict)) and known and number(sweep.get("requests_per_second")) is not None


def number(value: object) -> float | None:
    """A figure of a record; None for anything but a number, and for one that nothing measures."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
        return None
    return float(value)
