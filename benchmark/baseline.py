"""Which earlier record another is compared with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.comparison import is_usable, load_of
from benchmark.sweep import End


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """An earlier record of the same load."""

    record: Mapping[str, Any] | None
    reason: str
    """Why there is none; empty with one."""


def baseline(document: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> Baseline:
    """The last record of the same load, of the same model at the same address, whose requests succeeded.

    Args:
        document: The record that is to be compared.
        earlier: Records of its kind, the newest first.
    """
    sweep = document.get("sweep")
    if sweep and sweep["at"] is None and sweep["ended"] == End.MOST:
        return Baseline(record=None, reason="the ladder ended before saturation")
    load, seen, same = load_of(document), 0, 0
    for one in earlier:
        seen += 1
        if load_of(one) == load:
            same += 1
            if is_usable(one):
                return Baseline(record=one, reason="")
    kind = document["kind"]
    if not seen:
        reason = f"it is the first record of kind {kind}"
    elif not same:
        reason = f"none of the last {seen} of kind {kind} has the same load and model at the same address"
    elif sweep:
        reason = f"none of the last {same} of the same load found saturation"
    else:
        reason = f"in each of the last {same} of the same load more than 1 % of the requests failed"
    return Baseline(record=None, reason=reason)
