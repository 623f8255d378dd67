"""The files of levels and settings in ``policies/config``: checked here, since Pulumi takes misspelt names in silence."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pulumi_policy import EnforcementLevel

from guardrails.engine.rule import Rule

FOLDER: Final = Path(__file__).parents[2] / "config"
_LEVELS: Final = sorted(level.value for level in EnforcementLevel if level is not EnforcementLevel.REMEDIATE)
_LEVEL_KEY: Final = "enforcementLevel"


def problems(name: str, text: str, rules: Sequence[Rule]) -> Iterator[str]:
    """Yield what is wrong with a file, one line each with place and fix."""
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as problem:
        yield f"{name}: not JSON ({problem.msg}, line {problem.lineno}): write an object"
        return
    if not isinstance(content, dict):
        yield f"{name}: is not an object: write rule names with their levels"
        return
    known = {rule.id: rule for rule in rules}
    for key, value in content.items():
        rule = known.get(key)
        if rule is None and key != "all":
            yield f"{name}: unknown rule {key!r}: docs/policies.md lists them"
            continue
        level = value.get(_LEVEL_KEY) if isinstance(value, dict) else value
        if level not in _LEVELS and not (level is None and isinstance(value, dict)):
            yield f"{name}: {key}: {level!r} is not a level: use one of {', '.join(_LEVELS)}"
        if isinstance(value, dict):
            settings = rule.settings if rule else {}
            renamed = {one.old: one.new for one in rule.renamed_settings} if rule else {}
            yield from (
                f"{name}: {key}: unknown setting {item!r}: it has {', '.join(settings) or 'none'}"
                for item in value
                if item != _LEVEL_KEY and item not in {*settings, *renamed}
            )
            yield from (
                f"{name}: {key}: has {old} and {new}, which is its name today: remove {old}"
                for old, new in renamed.items()
                if old in value and new in value
            )


def deprecations(name: str, text: str, rules: Sequence[Rule]) -> Iterator[str]:
    """Yield a line for each setting of a valid file under its former name, with what to write today."""
    content = json.loads(text)
    for rule in rules:
        value = content.get(rule.id)
        for one in rule.renamed_settings:
            if isinstance(value, dict) and one.old in value:
                today = json.dumps(one.values.get(value[one.old], value[one.old]))
                yield f"{name}: {rule.id}: {one.old} is deprecated, the next release removes it: write {one.new}: {today}"


def check(rules: Sequence[Rule], folder: Path = FOLDER) -> list[str]:
    """List what is wrong with the files of a folder."""
    return [line for path in sorted(folder.glob("*.json")) for line in problems(path.name, path.read_text(), rules)]
