"""Which of a service's options a team may set itself, which need an approver, and which only the platform may set."""

from collections.abc import Collection, Iterator, Mapping

from pydantic import JsonValue

from planner.vllm_options.classes import CLASSES, Class, Level
from planner.vllm_options.removed import OTHER_COMMANDS
from planner.vllm_options.risks import Risk, risks
from planner.vllm_options.table import history
from planner.vllm_options.validate import PLATFORM_OPTIONS


def team_problems(args: Mapping[str, JsonValue], model: str, allowed: Collection[str]) -> Iterator[tuple[str, str]]:
    """Name and message of every option in a team's ``args`` that only the platform may set.

    Args:
        args: A service's ``args``; options that are refused in every stack are left to ``option_problems``.
        model: The model that is served.
        allowed: What the platform allows its teams, its ``team_options``.
    """
    for risk in _risks(args, model):
        if risk.level is Level.PLATFORM and risk.option not in allowed:
            fix = f"omit it, or have the platform stack allow it with `team_options: [{risk.option}]`"
            yield risk.option, f"{_inside(risk)}{risk.why}: {fix}"


def review_reasons(args: Mapping[str, JsonValue], model: str) -> list[str]:
    """Why an approver must look at a service's ``args``: one line for each option and key that needs it.

    A platform's ``team_options`` change nothing here: they let teams request, not decide.
    """
    return sorted({f"{risk.path} {risk.why}" for risk in _risks(args, model) if risk.level is Level.APPROVER})


def restricted_options() -> Mapping[str, Class]:
    """Options that a team may not set by itself, with what they do; without those that no stack may set."""
    never = PLATFORM_OPTIONS.keys() | OTHER_COMMANDS.keys()
    return {name: found for name, found in CLASSES.items() if name not in never}


def _risks(args: Mapping[str, JsonValue], model: str) -> Iterator[Risk]:
    for name, value in args.items():
        if name in history() and name not in PLATFORM_OPTIONS:
            yield from risks(name, value, model=model)


def _inside(risk: Risk) -> str:
    """The key inside the option's value; the option itself is already where the problem is."""
    key = risk.path.partition(".")[2]
    return f"its {key} " if key else ""
