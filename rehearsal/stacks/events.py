"""The engine's own events, one JSON object a line, as its log file has them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]
_COLOUR = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
REFUSED_BY_AWS = "AWS would refuse this update"
"""How the program's preflight begins its refusal."""
_UNCHANGED = {"same", "read", "refresh"}


class EventLog:
    """An event log file that may still grow."""

    def __init__(self, path: Path) -> None:
        """Read from ``path``, which may not exist yet."""
        self._path = path
        self._position = 0
        self._rest = b""

    def new_lines(self) -> Iterator[str]:
        """Complete lines written since the last call."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._position)
                data = stream.read()
        except FileNotFoundError:
            return
        self._position += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        yield from (line.decode() for line in lines if line)


def read(path: Path) -> list[Event]:
    """Every event of a finished operation; empty when the engine ended before its first."""
    return [json.loads(line) for line in EventLog(path).new_lines()]


def changes(events: list[Event]) -> dict[str, list[str]]:
    """URNs by operation, of every step that did or would do something."""
    found: dict[str, list[str]] = {}
    for event in events:
        metadata = (event.get("resourcePreEvent") or {}).get("metadata")
        if metadata and metadata["op"] not in _UNCHANGED:
            found.setdefault(metadata["op"], []).append(metadata["urn"])
    return found


def counts(events: list[Event]) -> Counter[str]:
    """The summary's numbers by operation."""
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    return Counter(summaries[-1]["resourceChanges"]) if summaries else Counter()


def errors(events: list[Event]) -> list[str]:
    """The messages of error diagnostics."""
    return [
        _COLOUR.sub("", event["diagnosticEvent"]["message"]).strip()
        for event in events
        if event.get("diagnosticEvent", {}).get("severity") == "error"
    ]


def refused_by_aws(events: list[Event]) -> str | None:
    """What a preview's preflight refuses the update for; None if it does not."""
    return next((_COLOUR.sub("", error) for error in errors(events) if REFUSED_BY_AWS in error), None)


def preflight_warnings(events: list[Event]) -> list[str]:
    """What a preview's preflight warns of."""
    found = (
        _COLOUR.sub("", event["diagnosticEvent"]["message"]).strip()
        for event in events
        if event.get("diagnosticEvent", {}).get("severity") == "warning"
    )
    return [message for message in found if message.startswith("preflight: ")]


def refused_by_policy(events: list[Event]) -> bool:
    """Whether a mandatory policy was violated."""
    return any(_is_mandatory(event) for event in events)


def violations(events: list[Event]) -> list[str]:
    """Rule and message of each violation of a mandatory policy."""
    return [
        f"{event['policyEvent']['policyName']}: {_COLOUR.sub('', event['policyEvent']['message']).strip()}"
        for event in events
        if _is_mandatory(event)
    ]


def _is_mandatory(event: Event) -> bool:
    return bool(event.get("policyEvent", {}).get("enforcementLevel") == "mandatory")
