"""A record beside the last of its kind: what became worse, and what is another."""

from collections.abc import Iterator, Mapping
from typing import Any

TOLERANCE = 0.15
"""Share by which a figure can be worse than in the last record."""
SUCCESS_TOLERANCE = 0.01
"""The same for the share of requests that succeed."""
_SUBJECT = ("image", "gpu", "gpus", "instance_type", "replicas")
_RATES = ("requests_per_second", "output_tokens_per_second")
_TIMES = ("latency_seconds", "ttft_seconds")
_UNSET = "not set"


def regressions(last: Mapping[str, Any], current: Mapping[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """One line for each figure that is worse by more than ``tolerance``, of the runs that both records have.

    Compared are the success rate, requests and output tokens a second, and P90 of latency and time to first token.

    Args:
        last: The record before.
        current: The record.
        tolerance: Share, 0 to 1.
    """
    before = {_identity(run): run for run in last["runs"]}
    return [
        f"{run['workload']}: {line}"
        for run in current["runs"]
        if (other := before.get(_identity(run)))
        for line in _worse(other["figures"], run["figures"], tolerance)
    ]


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
