"""The options of `vllm serve` in each release, as its own parser defines them, and how a spelling finds its option."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from planner.vllm_options.releases import DEFAULT, Release, in_spans, table

_JSON_SUFFIXES = ("-config", "-kwargs", "-overrides", "-modules", "-per-prompt", "-loras", "-priority")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of `vllm serve` in one release."""

    name: str
    """Its long name without dashes."""
    flags: tuple[str, ...]
    """Every spelling, with dashes."""
    switch: bool
    """Whether it stands alone, without a value."""
    many: bool
    """Whether it takes several values."""
    value_optional: bool
    """Whether it may stand alone although it takes a value."""
    type: str
    """What its value is: ``int``, ``human`` (an int that may be 8k), ``float``, ``json`` or ``str``; empty for a switch."""
    least: int | None
    """The least number that vLLM's own definition takes; None where that sets none."""
    choices: tuple[str, ...]
    """Values that the parser takes; empty where it takes any."""

    @property
    def negatable(self) -> bool:
        """Whether there is a ``--no-`` form."""
        return f"--no-{self.name}" in self.flags

    @property
    def takes_object(self) -> bool:
        """Whether it takes JSON objects."""
        return self.type == "json" or self.name.endswith(_JSON_SUFFIXES)


@cache
def options(release: Release = DEFAULT) -> Mapping[str, Option]:
    """Every option of a release by its long name."""
    found = {}
    for name, forms in table()["options"].items():
        for form in forms:
            if release in in_spans(form["in"]):
                found[name] = _option(name, form, release)
    return found


@cache
def by_spelling(release: Release = DEFAULT) -> Mapping[str, Option]:
    """Every option of a release by each of its spellings, without the dashes in front."""
    return {flag.lstrip("-"): option for option in options(release).values() for flag in option.flags}


@cache
def history() -> Mapping[str, frozenset[Release]]:
    """The releases that have each option, by its long name."""
    return {
        name: frozenset(release for form in forms for release in in_spans(form["in"]))
        for name, forms in table()["options"].items()
    }


@cache
def any_spelling() -> Mapping[str, str]:
    """The long name of the option that each spelling of any release means; the newest release's meaning counts."""
    found: dict[str, tuple[Release, str]] = {}
    for name, forms in table()["options"].items():
        for form in forms:
            last = max(in_spans(form["in"]))
            for flag in (f"--{name}", *form.get("also", ())):
                spelling = flag.lstrip("-")
                found[spelling] = max(found.get(spelling, (last, name)), (last, name))
    return {spelling: name for spelling, (_, name) in found.items()}


@cache
def values(name: str) -> Mapping[str, frozenset[Release]]:
    """Names that an option, or a key such as ``speculative-config.method``, takes, each with the releases that know it."""
    return {value: in_spans(spans) for value, spans in table()["values"].get(name, {}).items()}


@cache
def takes_unit(name: str) -> bool:
    """Whether an option takes numbers such as ``8k`` in some release."""
    return any(form.get("type") == "human" for form in table()["options"].get(name, ()))


def _option(name: str, form: Mapping[str, object], release: Release) -> Option:
    also, least = form.get("also", ()), form.get("least")
    kind = form["kind"]
    choices = sorted(value for value, known in values(name).items() if release in known) if form.get("only") else ()
    return Option(
        name=name,
        flags=(f"--{name}", *also) if isinstance(also, list) else (f"--{name}",),
        switch=kind == "switch",
        many=kind == "list",
        value_optional=kind == "optional",
        type=str(form.get("type", "")),
        least=least if isinstance(least, int) else None,
        choices=tuple(choices),
    )
