"""The gate: a record is kept, and compared with the last of its kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.comparison import TOLERANCE, changes, regressions
from benchmark.storage import Storage, keep, records


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What became of a record."""

    place: str | None
    """Where it is kept; None: nowhere."""
    last: str | None
    """When the record was made that it was compared with; None: there is none."""
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
    last = place = None
    if storage is not None:
        last = next(records(storage, document["kind"]), None)
        place = keep(storage, document)
    problems = [
        f"{run['workload']}: no request succeeded" for run in document["runs"] if not run["figures"]["succeeded"]
    ]
    if last is not None and (worse := regressions(last, document, tolerance)):
        different, since = changes(last, document), f"since {last['started']}"
        problems += worse
        problems.append(
            f"changed {since}: {'; '.join(different)}" if different else f"nothing of the service changed {since}"
        )
    return Judgement(place=place, last=last["started"] if last else None, problems=tuple(problems))
