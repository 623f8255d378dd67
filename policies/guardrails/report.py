"""``python -m guardrails.report EVENTS SARIF``: a preview's verdicts as SARIF and as a Markdown table on stdout.

EVENTS is what ``pulumi preview --event-log EVENTS --policy-pack policies`` writes: one JSON object a line.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guardrails import RULES
from guardrails.exemptions import urn_end

_COLOUR: Final = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")
_SARIF_LEVEL: Final = {"mandatory": "error"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One violation or remark."""

    rule: str
    level: str
    resource: str
    message: str


def verdicts(lines: Iterable[str]) -> Iterator[Verdict]:
    """The policy events of an event log."""
    for line in lines:
        event = json.loads(line).get("policyEvent") if line.strip() else None
        if event:
            urn = event.get("resourceUrn", "")
            yield Verdict(
                rule=event["policyName"],
                level=event["enforcementLevel"].lower(),
                resource=urn_end(urn) if urn else "stack",
                message=_COLOUR.sub("", event["message"]).strip(),
            )


def sarif(found: Iterable[Verdict]) -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning takes it; the program's file stands for the place, a URN has no line."""
    place = {"artifactLocation": {"uri": "__main__.py"}, "region": {"startLine": 1}}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "llm-platform policies",
                        "rules": [
                            {
                                "id": rule.id,
                                "shortDescription": {"text": rule.headline or f"Blocks {rule.blocks}."},
                                "help": {"text": rule.cure},
                            }
                            for rule in RULES
                        ],
                    }
                },
                "results": [
                    {
                        "ruleId": one.rule,
                        "level": _SARIF_LEVEL.get(one.level, "note"),
                        "message": {"text": one.message},
                        "locations": [
                            {"physicalLocation": place, "logicalLocations": [{"fullyQualifiedName": one.resource}]}
                        ],
                    }
                    for one in found
                ],
            }
        ],
    }


def table(found: Iterable[Verdict]) -> str:
    """A Markdown table, the mandatory ones first."""
    rows = sorted(found, key=lambda one: (one.level != "mandatory", one.rule, one.resource))
    lines = ["| level | rule | resource | what |", "|---|---|---|---|"]
    for one in rows:
        what = one.message.replace("|", "\\|").replace("\n", "<br>")
        lines.append(f"| {one.level} | {one.rule} | {one.resource} | {what} |")
    return "\n".join(lines if rows else ["No violation, no remark."]) + "\n"


def main(events: str, target: str) -> int:
    """Write both; the exit status is 1 if something mandatory was found."""
    with Path(events).open(encoding="utf-8") as lines:
        found = list(verdicts(lines))
    Path(target).write_text(json.dumps(sarif(found), indent=2), encoding="utf-8")
    sys.stdout.write(table(found))
    return 1 if any(one.level == "mandatory" for one in found) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
