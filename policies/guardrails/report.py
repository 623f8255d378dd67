"""A preview's findings as SARIF and as a Markdown table: ``python -m guardrails.report EVENTS SARIF``.

EVENTS is what ``pulumi preview --event-log EVENTS --policy-pack policies`` writes: one JSON object a line.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guardrails import RULES
from guardrails.engine.exemptions import urn_end

_COLOUR: Final = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
# What the SDK puts before every remark on an unknown; rule and pack are named beside it.
_UNKNOWN: Final = re.compile(r"^can't run policy '[^']*' from policy pack '[^']*' during preview: ")
_SARIF_LEVEL: Final = {"mandatory": "error"}


@dataclass(frozen=True, kw_only=True)
class PolicyFinding:
    """One violation or remark."""

    rule: str
    level: str
    resource: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a preview's event log says."""

    verdicts: tuple[PolicyFinding, ...]
    errors: tuple[str, ...]
    """What else went wrong."""
    complete: bool
    """Whether every resource was judged: the preview came to its end without an error."""


# Parsed here and not by workspace/engine_events.py: of the checkout, the pack imports the planner only.
def read(lines: Iterable[str]) -> Preview:
    """The policy events, the errors and the end of an event log."""
    found: list[PolicyFinding] = []
    errors: list[str] = []
    ended = False
    for line in lines:
        event = json.loads(line) if line.strip() else {}
        ended = ended or "summaryEvent" in event
        if policy := event.get("policyEvent"):
            urn = policy.get("resourceUrn", "")
            found.append(
                PolicyFinding(
                    rule=policy["policyName"],
                    level=policy["enforcementLevel"].lower(),
                    resource=urn_end(urn) if urn else "stack",
                    message=_plain(policy["message"]),
                )
            )
        elif event.get("diagnosticEvent", {}).get("severity") == "error":
            errors.append(_plain(event["diagnosticEvent"]["message"]))
    return Preview(verdicts=tuple(found), errors=tuple(errors), complete=ended and not errors)


def _plain(message: str) -> str:
    return _UNKNOWN.sub("", _COLOUR.sub("", message).strip())


def sarif(preview: Preview, name: str) -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning takes it; the program's file stands for the place, a URN has no line.

    Code scanning keeps the results of several stacks apart by their ``name``.
    """
    place = {"artifactLocation": {"uri": "__main__.py"}, "region": {"startLine": 1}}
    places = {rule.id: index for index, rule in enumerate(RULES)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "llm-platform policies",
                "rules": [
                    {
                        "id": rule.id,
                        "shortDescription": {"text": rule.headline or f"Blocks {rule.blocks}."},
                        "fullDescription": {"text": rule.why},
                        "help": {"text": rule.fix},
                        "defaultConfiguration": {"level": _SARIF_LEVEL.get(rule.level.value, "note")},
                        "properties": {"tags": [f"family:{rule.family}"]},
                    }
                    for rule in RULES
                ],
            }
        },
        "automationDetails": {"id": f"policies/{name}/"},
        "invocations": [
            {
                "executionSuccessful": preview.complete,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": message}} for message in preview.errors
                ],
            }
        ],
        "results": [
            {
                "ruleId": one.rule,
                **({"ruleIndex": places[one.rule]} if one.rule in places else {}),
                "level": _SARIF_LEVEL.get(one.level, "note"),
                "message": {"text": one.message},
                "locations": [{"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": one.resource}]}],
                # The same finding on the next run: without it, code scanning tells results by their place, which all share.
                "partialFingerprints": {"policy/v1": _fingerprint(one)},
            }
            for one in preview.verdicts
        ],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _fingerprint(one: PolicyFinding) -> str:
    return hashlib.sha256(f"{one.rule}\n{one.resource}\n{one.message}".encode()).hexdigest()


def table(preview: Preview) -> str:
    """A Markdown table, the mandatory ones first, and what kept the preview from judging everything."""
    rows = sorted(preview.verdicts, key=lambda one: (one.level != "mandatory", one.rule, one.resource))
    lines = ["| level | rule | resource | what |", "|---|---|---|---|"] if rows else []
    lines += [f"| {one.level} | {one.rule} | {one.resource} | {_cell(one.message)} |" for one in rows]
    if not preview.complete:
        lines += ["", "The preview failed: not every resource was judged.", ""]
        lines += [f"- {_cell(message)}" for message in preview.errors]
    elif not rows:
        lines.append("No violation, no remark.")
    return "\n".join(lines).strip() + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def main(events: str, target: str) -> int:
    """Write both; the exit status is 1 if something mandatory was found or not everything was judged."""
    with Path(events).open(encoding="utf-8") as lines:
        preview = read(lines)
    Path(target).write_text(json.dumps(sarif(preview, Path(target).stem), indent=2), encoding="utf-8")
    sys.stdout.write(table(preview))
    return 1 if not preview.complete or any(one.level == "mandatory" for one in preview.verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
