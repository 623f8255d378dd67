"""Exemptions: one rule, one resource, the stacks it holds for, a reason, a date on which it ends.

They are in ``policies/exemptions.json``.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

# What Pulumi takes as a stack's name.
_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")
FILE = Path(__file__).parents[2] / "exemptions.json"


class ExemptionError(ValueError):
    """The file of exemptions has an invalid entry; the message has the fix."""


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """A rule that does not hold for one resource, until a date."""

    rule: str
    resource: str
    """The resource as ``TYPE::NAME``, the end of its URN; no wildcards."""
    stacks: tuple[str, ...]
    """Names of the stacks it holds for, at least one; no wildcards."""
    reason: str
    expires: date

    def matches(self, rule: str, urn: str) -> bool:
        """Whether it names this rule, this resource and the stack it is in."""
        return rule == self.rule and urn_end(urn) == self.resource and stack_of(urn) in self.stacks


def stack_of(urn: str) -> str:
    """Name of the stack in a URN (``urn:pulumi:STACK::PROJECT::TYPE::NAME``)."""
    return urn.split("::", 1)[0].rpartition(":")[2]


def urn_end(urn: str) -> str:
    """``TYPE::NAME`` of a URN, without stack, project and parents."""
    qualified, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return f"{qualified.rpartition('$')[2]}::{name}"


def parse(text: str, rules: frozenset[str] | None = None) -> tuple[Exemption, ...]:
    """Read exemptions from JSON text: a list of objects with rule, resource, stacks, reason and expires (YYYY-MM-DD).

    Raises:
        ExemptionError: naming the entry and the fix.
    """
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as problem:
        raise ExemptionError(f"{FILE.name}: not JSON ({problem}): write a list of objects") from None
    if not isinstance(entries, list):
        raise ExemptionError(f"{FILE.name}: is not a list: write a list of objects")
    return tuple(_entry(index, entry, rules) for index, entry in enumerate(entries))


def _entry(index: int, entry: object, rules: frozenset[str] | None) -> Exemption:
    where = f"{FILE.name}[{index}]"
    texts = {"rule", "resource", "reason", "expires"}
    if isinstance(entry, dict) and set(entry) == texts:
        raise ExemptionError(
            f'{where}.stacks: is missing: name the stacks it holds for, such as ["dev"]; '
            "until version 0.1.0 it held in every stack"
        )
    if (
        not isinstance(entry, dict)
        or set(entry) != texts | {"stacks"}
        or not all(isinstance(entry[key], str) for key in texts)
    ):
        raise ExemptionError(
            f"{where}: give exactly rule, resource, stacks, reason and expires, stacks as a list and the others as text"
        )
    stacks = entry["stacks"]
    if not isinstance(stacks, list) or not stacks or not all(isinstance(one, str) and one for one in stacks):
        raise ExemptionError(f'{where}.stacks: is {stacks!r}: give a list of at least one stack, such as ["dev"]')
    if unfit := [one for one in stacks if not _STACK.fullmatch(one)]:
        raise ExemptionError(
            f"{where}.stacks: {unfit[0]!r} is not a name of a stack: write plain names such as dev, without wildcards, "
            "organization or project"
        )
    if rules is not None and entry["rule"] not in rules:
        raise ExemptionError(f"{where}.rule: unknown rule {entry['rule']!r}: docs/policies.md lists them")
    if any(sign in entry["resource"] for sign in "*?[") or entry["resource"].count("::") != 1:
        raise ExemptionError(f"{where}.resource: name one resource, as TYPE::NAME, without wildcards")
    if len(entry["reason"].split()) < 3:
        raise ExemptionError(f"{where}.reason: give a sentence that says why the rule does not hold here")
    try:
        expires = date.fromisoformat(entry["expires"])
    except ValueError:
        raise ExemptionError(f"{where}.expires: {entry['expires']!r} is not a date: write it like 2027-01-31") from None
    return Exemption(
        rule=entry["rule"],
        resource=entry["resource"],
        stacks=tuple(stacks),
        reason=entry["reason"],
        expires=expires,
    )


@cache
def active() -> tuple[Exemption, ...]:
    """The project's exemptions that have not expired; read once a run."""
    return tuple(item for item in declared() if item.expires >= datetime.now(tz=UTC).date())


@cache
def declared() -> tuple[Exemption, ...]:
    """Every exemption in the project's file, expired ones too."""
    return parse(FILE.read_text()) if FILE.exists() else ()


def covers(rule: str, urn: str) -> bool:
    """Whether an exemption in force names this rule, this resource and its stack."""
    return any(item.matches(rule, urn) for item in active())
