"""The rule that lists every exemption on every run."""

from datetime import UTC, datetime
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.engine import exemptions
from guardrails.engine.rule import Finding, Findings, Rule, Stack


def _listed(stack: Stack) -> Findings:
    today = datetime.now(tz=UTC).date()
    here = next((exemptions.stack_of(one.urn) for one in stack.subjects), None)
    for item in exemptions.declared():
        urn = next((one.urn for one in stack.subjects if exemptions.urn_end(one.urn) == item.resource), None)
        if item.expires < today:
            yield Finding(
                f"exemption of {item.resource} from {item.rule} ended on {item.expires}: it holds no more", urn
            )
        elif here not in item.stacks:
            yield Finding(
                f"exemption of {item.resource} from {item.rule} is for {', '.join(item.stacks)}: "
                f"it does not apply in stack {here}",
                urn,
            )
        elif urn:
            yield Finding(f"{item.rule} does not hold until {item.expires}: {item.reason}", urn)
        else:
            yield Finding(f"exemption of {item.resource} from {item.rule}: this stack has no such resource", urn)


RULES: Final = (
    Rule(
        id="exemptions",
        family="exemptions",
        level=EnforcementLevel.ADVISORY,
        blocks="an exemption from a rule",
        headline="Exemptions are listed on every run.",
        why="An exemption that is not seen is not reviewed.",
        fix="fix the resource and remove the entry from policies/exemptions.json",
        benchmarks="",
        judge_stack=_listed,
    ),
)
