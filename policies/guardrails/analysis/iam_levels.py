"""AWS's access level of IAM actions, from the table that ``python -m tools.iam_actions`` writes.

Levels are those of the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/). An action counts as a change when its level is Write,
Permissions management or Tagging *and* it can be limited to resources; one that takes no resource can only be allowed on
every one. The table has a line for each service; only the lines that a policy names are taken apart.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

from guardrails.analysis.iam_documents import covers

FILE: Final = Path(__file__).parents[1] / "data" / "iam_actions.txt"
_READING: Final = re.compile(
    r"(batch)?(get|list|describe|search|lookup|query|head|view|read|check|test|validate|preview)", re.IGNORECASE
)


class Level(Enum):
    """What an action that can be limited to resources does, by the letter in the table."""

    PERMISSIONS = "P"
    TAGGING = "T"
    WRITE = "W"


@dataclass(frozen=True, kw_only=True)
class Service:
    """The actions of one service."""

    changes: dict[str, Level]
    """Name to level, for actions that change something and can be limited to resources."""
    others: frozenset[str]
    """Names of the others, in lower case, but for those that say themselves that they read."""


@cache
def _lines() -> dict[str, str]:
    lines = FILE.read_text().splitlines()[1:]
    return {name: rest for name, _, rest in (line.partition("\t") for line in lines)}


@cache
def service(name: str) -> Service | None:
    """The actions of a service by its prefix in lower case, None for one that the table does not have."""
    line = _lines().get(name)
    if line is None:
        return None
    changes: dict[str, Level] = {}
    others: frozenset[str] = frozenset()
    for group in filter(None, line.split("\t")):
        letter, *names = group.split(" ")
        if letter == "O":
            others = frozenset(item.lower() for item in names)
        else:
            changes |= dict.fromkeys(names, Level(letter))
    return Service(changes=changes, others=others)


@cache
def changes(pattern: str) -> dict[str, Level]:
    """The changes that an action pattern such as ``ec2:Modify*`` takes in, ``SERVICE:Name`` to level."""
    prefix, colon, name = pattern.strip().lower().partition(":")
    names = _lines() if set(prefix) & set("*?") else (prefix,)
    found = {one: service(one) for one in names if covers(prefix, one)}
    return {
        f"{one}:{action}": level
        for one, known in found.items()
        if known
        for action, level in known.changes.items()
        if covers(name if colon else "*", action)
    }


def is_unknown(action: str) -> bool:
    """Whether a plain action, without wildcards, is in no list of AWS's that the table was made from."""
    prefix, _, name = action.strip().lower().partition(":")
    if set(action) & set("*?"):
        return False
    known = service(prefix)
    if known is None:
        return True
    return name not in known.others and not changes(action) and not _READING.match(name)
