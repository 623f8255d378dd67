"""The registry of rules: every module of this package has its rules in ``RULES``."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from guardrails.engine.rule import Rule


def _rules() -> list[Rule]:
    return [rule for module in iter_modules(__path__, f"{__name__}.") for rule in import_module(module.name).RULES]


RULES: Final[tuple[Rule, ...]] = tuple(sorted(_rules(), key=lambda rule: (rule.family, rule.id)))
