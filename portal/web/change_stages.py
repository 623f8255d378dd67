"""Stages of a change, and the settings it would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.db.states import ChangeKind, ChangeStatus
from portal.operations.views import ChangeView

_ENDED = (ChangeStatus.REJECTED, ChangeStatus.WITHDRAWN)
_REACHED = {
    ChangeStatus.PREVIEWING: 1,
    ChangeStatus.REFUSED: 1,
    ChangeStatus.PREVIEWED: 2,
    ChangeStatus.WAITING: 2,
    ChangeStatus.REJECTED: 2,
    ChangeStatus.APPROVED: 3,
    ChangeStatus.STALE: 3,
    ChangeStatus.APPLYING: 3,
    ChangeStatus.APPLIED: 4,
}
_WRONG = (ChangeStatus.REFUSED, ChangeStatus.FAILED, ChangeStatus.STALE, *_ENDED)


@dataclass(frozen=True)
class Stage:
    """One step of the way."""

    label: str
    state: str
    """done, now, wrong or ahead."""


@dataclass(frozen=True)
class Difference:
    """One setting."""

    name: str
    before: str
    """Empty when it was not set."""
    after: str
    """Empty when it is no longer set."""


def path_of(change: ChangeView) -> list[Stage]:
    """Return the stages: request, preview, approval where one is needed, apply."""
    reached = _reached(change)
    stages = ["Request", "Preview", "Approval", "Apply"]
    found = []
    for place, label in enumerate(stages):
        if label == "Approval" and change.needs_approval is None and change.decided_by is None:
            continue
        state = "done" if place < reached else "ahead"
        if place == reached:
            state = "wrong" if change.status in _WRONG else "now"
        found.append(Stage(label, state))
    return found


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Difference]:
    """Every setting of ``after`` that differs from ``before``; all of them when there was nothing."""
    old, new = dict(_flat(before or {})), dict(_flat(after))
    names = [*new, *(name for name in old if name not in new)]
    return [
        Difference(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _reached(change: ChangeView) -> int:
    if change.status == ChangeStatus.PREVIEWED and change.needs_approval is None:
        return 3
    previewed = change.kind == ChangeKind.LIMITS or bool(change.steps)
    if change.status == ChangeStatus.WITHDRAWN:
        return 2 if previewed else 1
    if change.status == ChangeStatus.FAILED:
        return 3 if previewed else 1
    return _REACHED.get(ChangeStatus(change.status), 0)


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            listed = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            yield f"{above}{name}", listed
