"""The gate: a record is kept, and compared with the last of the same load."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from benchmark.baseline import Baseline, baseline
from benchmark.comparison import TOLERANCE, changes, regressions
from benchmark.record import name_of
from benchmark.storage import Storage, keep, records

MOST_READ = 100
"""Earlier records that are looked through, of some 4 KiB each."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What became of a record."""

    place: str | None
    """Where it is kept; None: nowhere."""
    compared: int
    """Runs that were compared, a sweep being one; 0 if there is no record to compare them with."""
    verdict: str
    """One line: with what it was compared, or why with nothing."""
    problems: tuple[str, ...]
    """What fails the gate, and what changed; empty where it passes."""


def judge(document: Mapping[str, Any], storage: Storage | None, tolerance: float = TOLERANCE) -> Judgement:
    """Keep a record and compare it.

    Args:
        document: The record.
        storage: Records of its service; None keeps nothing.
        tolerance: Share by which a figure can be worse.

    Raises:
        StorageError: records cannot be read or written.
    """
    found, place = Baseline(record=None, reason="no records are kept"), None
    if storage is not None:
        # First, so that an earlier record that cannot be read does not cost this one.
        place = keep(storage, document)
        earlier = records(storage, document["kind"], but=name_of(document))
        found = baseline(document, islice(earlier, MOST_READ))
    problems, last = _failed(document), found.record
    if last is None:
        return Judgement(
            place=place, compared=0, verdict=f"nothing was compared: {found.reason}", problems=tuple(problems)
        )
    worse = regressions(last, document, tolerance)
    if worse:
        different, since = changes(last, document), f"since {last['started']}"
        problems += worse
        problems.append(
            f"changed {since}: {'; '.join(different)}" if different else f"nothing of the service changed {since}"
        )
    compared = len(document["runs"]) + bool(document.get("sweep"))
    verdict = f"{compared} run{'s' if compared > 1 else ''} compared with the record of {last['started']}"
    if not worse:
        verdict += f": not worse by more than {tolerance:.0%}"
    return Judgement(place=place, compared=compared, verdict=verdict, problems=tuple(problems))


def _failed(document: Mapping[str, Any]) -> list[str]:
    problems = [
        f"{run['workload']}: no request succeeded" for run in document["runs"] if not run["figures"]["succeeded"]
    ]
    if (sweep := document.get("sweep")) and not sweep["requests_per_second"]:
        problems.append(f"sweep: {sweep['problem']}")
    return problems
