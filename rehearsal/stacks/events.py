"""Event log of an operation: the engine's events as it grows, and what a preview or an update reported."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workspace.engine_events import ERROR, WARNING, Diagnostic, Finding, Phase, Step, parse_all

RawEvent = dict[str, Any]
"""One engine event as JSON."""
REFUSED_BY_AWS = "AWS would refuse this update"
"""Start of the message with which the program's preflight refuses."""
_PREFLIGHT = "preflight: "


class EventLog:
    """An event log file that may still grow."""

    def __init__(self, path: Path) -> None:
        """Read from ``path``, which may not exist yet."""
        self._path = path
        self._position = 0
        self._rest = b""

    def new_lines(self) -> Iterator[str]:
        """Yield the complete lines written since the last call."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._position)
                data = stream.read()
        except FileNotFoundError:
            return
        self._position += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        yield from (line.decode() for line in lines if line)


def read(path: Path) -> list[RawEvent]:
    """Return every event of a finished operation; none when the engine ended before its first."""
    return [json.loads(line) for line in EventLog(path).new_lines()]


def changes(events: list[RawEvent]) -> dict[str, list[str]]:
    """Return URNs by operation, of every step that did or would do something."""
    found: dict[str, list[str]] = {}
    for event in parse_all(events):
        if isinstance(event, Step) and event.phase is Phase.BEGIN and event.is_change:
            found.setdefault(event.op, []).append(event.urn)
    return found


def errors(events: list[RawEvent]) -> list[str]:
    """Return the messages of error diagnostics."""
    return _messages(events, ERROR)


def refused_by_aws(events: list[RawEvent]) -> str | None:
    """Return the reason for which a preview's preflight refuses the update; None if it does not."""
    return next((error for error in errors(events) if REFUSED_BY_AWS in error), None)


def preflight_warnings(events: list[RawEvent]) -> list[str]:
    """Return the warnings of a preview's preflight."""
    return [message for message in _messages(events, WARNING) if message.startswith(_PREFLIGHT)]


def refused_by_policy(events: list[RawEvent]) -> bool:
    """Return whether a mandatory policy was violated."""
    return bool(_mandatory(events))


def violations(events: list[RawEvent]) -> list[str]:
    """Return rule and message of each violation of a mandatory policy."""
    return [f"{finding.policy}: {finding.text}" for finding in _mandatory(events)]


def _messages(events: list[RawEvent], severity: str) -> list[str]:
    return [event.text for event in parse_all(events) if isinstance(event, Diagnostic) and event.severity == severity]


def _mandatory(events: list[RawEvent]) -> list[Finding]:
    return [event for event in parse_all(events) if isinstance(event, Finding) and event.is_mandatory]
