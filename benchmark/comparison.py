"""A record beside an earlier one: whether they are of the same load, what became worse, and what is another."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.record import address_of
from benchmark.sweep import End

TOLERANCE = 0.15
"""Share by which a figure can be worse than in the last record."""
SUCCESS_TOLERANCE = 0.01
"""The same for the share of requests that succeed."""
_SUBJECT = ("image", "gpu", "gpus", "instance_type", "replicas")
_RATES = ("requests_per_second", "output_tokens_per_second")
_TIMES = ("latency_seconds", "ttft_seconds")
_UNSET = "not set"
_USABLE_SUCCESS = 1 - SUCCESS_TOLERANCE


def load_of(record: Mapping[str, Any]) -> tuple[object, ...]:
    """What was sent, and where: only records of the same load can be compared."""
    sweep = record.get("sweep")
    runs = sorted((_identity(run) for run in record["runs"]), key=repr)
    return (address_of(record), record.get("model"), *runs, sweep and ("sweep", sweep.get("seconds")))


def is_usable(record: Mapping[str, Any]) -> bool:
    """Whether another can be compared with it: nearly all of its requests succeeded; of a sweep, whether it found saturation."""
    sweep = record.get("sweep")
    return all(run["figures"]["success_rate"] >= _USABLE_SUCCESS for run in record["runs"]) and (
        not sweep or sweep["at"] is not None
    )


def regressions(last: Mapping[str, Any], current: Mapping[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """One line for each figure that is worse by more than ``tolerance``, of the runs that both records have.

    Compared are the success rate, requests and output tokens a second, and P90 of latency and time to first token; of sweeps the
    highest rate, of one replica where their number is known.

    Args:
        last: The record before.
        current: The record.
        tolerance: Share, 0 to 1.
    """
    before = {_identity(run): run for run in last["runs"]}
    lines = [
        f"{run['workload']}: {line}"
        for run in current["runs"]
        if (other := before.get(_identity(run)))
        for line in _worse(other["figures"], run["figures"], tolerance)
    ]
    if last.get("sweep") and current.get("sweep"):
        lines += _lower(last["sweep"], current["sweep"], tolerance)
    return lines


def changes(last: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """One line for each fact of the service that is another than in the last record: image, GPU, replicas, each setting."""
    before, now = last["subject"], current["subject"]
    lines = [f"{key}: {before.get(key)} -> {now.get(key)}" for key in _SUBJECT if before.get(key) != now.get(key)]
    old, new = before.get("settings") or {}, now.get("settings") or {}
    for key in sorted({*old, *new} - {*_SUBJECT}):
        one, other = old.get(key, _UNSET), new.get(key, _UNSET)
        if one != other:
            lines.append(f"settings.{key}: {one} -> {other}")
    return lines


def _identity(run: Mapping[str, Any]) -> tuple[object, ...]:
    return (run["workload"], *(run.get(key) for key in ("concurrency", "requests", "rate", "seconds")))


def _worse(before: Mapping[str, Any], now: Mapping[str, Any], tolerance: float) -> Iterator[str]:
    old, new = before["success_rate"], now["success_rate"]
    if new < old - SUCCESS_TOLERANCE:
        yield f"success rate {old:.1%} -> {new:.1%}"
    for name in _RATES:
        old, new = before[name], now[name]
        if new < old * (1 - tolerance):
            yield f"{name.replace('_', ' ')} {old:.4g} -> {new:.4g} ({new / old - 1:+.0%})"
    for name in _TIMES:
        old, new = (figures.get(name) for figures in (before, now))
        if old and new and new["p90"] > old["p90"] * (1 + tolerance):
            what = name.removesuffix("_seconds")
            change = f" ({new['p90'] / old['p90'] - 1:+.0%})" if old["p90"] else ""
            yield f"{what} P90 {old['p90']:.4g} s -> {new['p90']:.4g} s{change}"


def _lower(before: Mapping[str, Any], now: Mapping[str, Any], tolerance: float) -> Iterator[str]:
    old, new, of = before["requests_per_second"], now["requests_per_second"], ""
    if before["replicas"] and now["replicas"]:
        old, new, of = old / before["replicas"], new / now["replicas"], " of a replica"
    if new < old * (1 - tolerance):
        where = ", where requests began to fail" if now["ended"] == End.FAILURES else ""
        yield f"sweep: highest requests per second{of} {old:.4g} -> {new:.4g} ({new / old - 1:+.0%}){where}"
