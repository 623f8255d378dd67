"""Engine events: what Pulumi's engine reports of an operation, parsed from their JSON (``apitype.EngineEvent``).

``--event-log`` writes one such object a line, and the Automation API's classes hold the same fields in other words. The
policy pack parses the two it needs by itself (``policies/guardrails/report.py``): it imports the planner only.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workspace.stack_state import name_in

_COLOR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
UNCHANGED = frozenset({"same", "read", "refresh"})
"""Operations after which a resource is what it was."""
MANDATORY = "mandatory"
ERROR = "error"
WARNING = "warning"


class Phase(StrEnum):
    """Where a step is."""

    BEGIN = "begin"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation on one resource begins, is done or has failed.

    Attributes:
        changed: Names of the inputs that differ, or of the outputs where the engine names no input.
    """

    phase: Phase
    op: str
    urn: str
    type: str
    parent: str
    changed: tuple[str, ...]

    @property
    def name(self) -> str:
        """The resource's name."""
        return name_in(self.urn)

    @property
    def is_change(self) -> bool:
        """Whether the resource becomes, or would become, another."""
        return self.op not in UNCHANGED


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A message; ``urn`` is empty where it is about no resource, ``ephemeral`` where only a live display shows it."""

    severity: str
    urn: str
    text: str
    ephemeral: bool


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A policy that a resource, or the stack, violates."""

    policy: str
    level: str
    urn: str
    text: str

    @property
    def is_mandatory(self) -> bool:
        """Whether it stops the operation."""
        return self.level == MANDATORY


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The end of an operation: resources by operation, and its duration."""

    changes: Mapping[str, int]
    seconds: float


Event = Step | Diagnostic | Finding | Summary

_STEPS = {
    "resourcePreEvent": Phase.BEGIN,
    "resOutputsEvent": Phase.DONE,
    "resOpFailedEvent": Phase.FAILED,
}


def parse(event: Mapping[str, Any]) -> Event | None:
    """Return what one engine event reports; None for those that nothing here is made of."""
    for key, phase in _STEPS.items():
        if key in event:
            return _step(event[key]["metadata"], phase)
    if data := event.get("diagnosticEvent"):
        return Diagnostic(
            severity=data["severity"],
            urn=data.get("urn") or "",
            text=_plain(data["message"]),
            ephemeral=bool(data.get("ephemeral")),
        )
    if data := event.get("policyEvent"):
        return Finding(
            policy=data["policyName"],
            level=data["enforcementLevel"].lower(),
            urn=data.get("resourceUrn") or "",
            text=_plain(data["message"]),
        )
    if data := event.get("summaryEvent"):
        return Summary(changes=data.get("resourceChanges") or {}, seconds=data.get("durationSeconds") or 0)
    return None


def parse_all(events: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Parse several engine events, without those that :func:`parse` makes nothing of."""
    return (parsed for event in events if (parsed := parse(event)) is not None)


def _step(metadata: Mapping[str, Any], phase: Phase) -> Step:
    state = metadata.get("new") or metadata.get("old") or {}
    changed = metadata.get("detailedDiff") or metadata.get("diffs") or _changed_outputs(metadata)
    return Step(
        phase=phase,
        op=metadata["op"],
        urn=metadata["urn"],
        type=metadata.get("type", ""),
        parent=state.get("parent") or "",
        changed=tuple(sorted(changed)),
    )


def _changed_outputs(metadata: Mapping[str, Any]) -> list[str]:
    before = (metadata.get("old") or {}).get("outputs") or {}
    after = (metadata.get("new") or {}).get("outputs") or {}
    both = before and after
    return [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)] if both else []


def _plain(message: str) -> str:
    return _COLOR.sub("", message).strip()
