"""The table of docs/runbooks/README.md: every alert with its severity, its setting and the first sentence of its page."""

import re
from pathlib import Path

from monitoring.rules import RuleArgs, ServiceSettings, groups
from monitoring.rules.rule import Alert
from tools.docs.costs import with_sections
from tools.files import ROOT

FOLDER = ROOT / "docs" / "runbooks"
_INDEX = FOLDER / "README.md"
EVERYTHING = RuleArgs(
    services=(ServiceSettings(name="stack/service", max_replicas=2),),
    gateway=True,
    response_logs=True,
    karpenter=True,
    keda=True,
    dcgm=True,
    gpu_usd_per_hour={"pool": 1},
    memory_bytes=1,
    remote_write=True,
)
"""Arguments with which every alert is made."""


def page() -> str:
    """The index."""
    return with_sections(_INDEX.read_text(encoding="utf-8"), {"alerts": _table()})


def alerts() -> dict[str, list[Alert]]:
    """The rules of each alert, by its name."""
    found: dict[str, list[Alert]] = {}
    for group in groups(EVERYTHING):
        for rule in group.rules:
            if isinstance(rule, Alert):
                found.setdefault(rule.name, []).append(rule)
    return found


def _table() -> str:
    lines = ["| alert | severity | for | setting | meaning |", "|---|---|---|---|---|"]
    for name, rules in alerts().items():
        severity = ", ".join(dict.fromkeys(rule.severity for rule in rules))
        lasting = ", ".join(dict.fromkeys(rule.lasting or "at once" for rule in rules))
        known = EVERYTHING.thresholds.by_name()
        settings = [key for key in known if any(f'setting="{key}"' in rule.expr for rule in rules)]
        keys = ", ".join(f"`alerts.{key}`" for key in settings)
        lines.append(f"| [{name}]({name}.md) | {severity} | {lasting} | {keys} | {_meaning(FOLDER / f'{name}.md')} |")
    return "\n".join(lines) + "\n"


def _meaning(page: Path) -> str:
    """The first sentence of the page's first section."""
    _, _, text = page.read_text(encoding="utf-8").partition("## Meaning\n\n")
    sentence = re.split(r"(?<=[.:])\s", text, maxsplit=1)[0].rstrip(":.")
    return " ".join(sentence.split())
