"""``python -m guardrails.docs``: write docs/policies.md from the rules."""

import json
from itertools import groupby
from pathlib import Path
from typing import Final

from guardrails import RULES
from guardrails.levels import FOLDER

FILE: Final = Path(__file__).parents[2] / "docs" / "policies.md"
_HEAD: Final = """# Policies

What `pulumi preview --policy-pack policies --policy-pack-config policies/config/STACK.json` refuses (mandatory) or
remarks on (advisory). Made from the rules by `python -m guardrails.docs`, run in `policies/`: change them, not this.

A rule judges what is known; what a preview cannot decide is said as an advisory and judged in the update.
Levels and settings of a stack stand in `policies/config/STACK.json`; exemptions in `policies/exemptions.json`, each
with rule, resource (`TYPE::NAME`), reason and expires, and each listed on every run. `python -m guardrails.lint`
refuses unknown names in these files.

The two stacks of this project pass without an exemption. Their settings differ from the defaults in this: dev's bucket
may go with its stack; prod's secrets, logs, bucket and administrators are mandatory; the list of administrators is
the stack's own `admins`; each pool's GPU budget is what the stack declares, and the budget in dollars a little more than
the stack at its largest; the AWS Load Balancer Controller's chart is
the one reviewed release.
"""


def render() -> str:
    """The whole text."""
    parts = [_HEAD]
    for family, rules in groupby(sorted(RULES, key=lambda rule: rule.family), key=lambda rule: rule.family):
        parts.append(f"\n## {family}\n")
        for rule in rules:
            levels = "".join(
                f", {path.stem}: {level}" for path in sorted(FOLDER.glob("*.json")) if (level := _level(path, rule.id))
            )
            scope = " Judged over the whole stack." if rule.judge_stack else ""
            parts.append(
                f"\n### {rule.id}\n\n{rule.headline or f'Blocks {rule.blocks}.'}{scope}\n\n"
                f"- Level: {rule.level.value}{levels}\n- Why: {rule.why}\n- Cure: {rule.cure}.\n"
                f"- Published as: {rule.benchmarks or 'in no published benchmark'}\n"
            )
            parts += [
                f"- Setting `{name}`: {schema['description']} Default: `{json.dumps(schema['default'])}`\n"
                for name, schema in rule.settings.items()
            ]
    return "".join(parts)


def _level(path: Path, rule: str) -> str | None:
    value = json.loads(path.read_text()).get(rule)
    level = value.get("enforcementLevel") if isinstance(value, dict) else value
    return level if isinstance(level, str) else None


if __name__ == "__main__":
    FILE.write_text(render())
