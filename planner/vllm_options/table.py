"""Every option of ``vllm serve``, as vLLM's own parser defines it, and how a spelling finds its option."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

VLLM_VERSION = "0.32.0"
_TABLE = f"vllm-{VLLM_VERSION}-serve-options.json"
_JSON_SUFFIXES = ("-config", "-kwargs", "-overrides", "-modules", "-per-prompt", "-loras", "-priority")


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of `vllm serve`."""

    name: str
    """Its long name without dashes."""
    flags: tuple[str, ...]
    """Every spelling, with dashes."""
    switch: bool
    """Whether it stands alone, without a value."""
    choices: tuple[str, ...]
    """Values it takes; empty where it takes any."""
    many: bool
    """Whether it takes several values."""
    value_optional: bool = False
    """Whether it may stand alone although it takes a value."""

    @property
    def negatable(self) -> bool:
        """Whether there is a ``--no-`` form."""
        return f"--no-{self.name}" in self.flags

    @property
    def takes_object(self) -> bool:
        """Whether it takes JSON objects."""
        return self.name.endswith(_JSON_SUFFIXES)


@cache
def options() -> Mapping[str, Option]:
    """Every option by its long name."""
    text = resources.files("planner").joinpath("data", _TABLE).read_text(encoding="utf-8")
    found = {}
    for flags, kind, choices, nargs in json.loads(text)["options"]:
        name = next(flag for flag in flags if flag.startswith("--")).removeprefix("--")
        found[name] = Option(
            name=name,
            flags=tuple(flags),
            switch=kind == "switch",
            choices=tuple(choices or ()),
            many=nargs == "+",
            value_optional=nargs == "?",
        )
    return found


@cache
def by_spelling() -> Mapping[str, Option]:
    """Every option by each of its spellings, without the dashes in front."""
    return {flag.lstrip("-"): option for option in options().values() for flag in option.flags}
