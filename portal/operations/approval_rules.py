"""Rules that send a change to an approver: the team's budget, options of vLLM that need a second look, higher limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.db.people import Team
from settings.validation.option_review import review_reasons

_BUDGETS = ("usd_per_day", "usd_per_month")
_NUMBERS = ("requests_per_second", "tokens_per_minute", "concurrent_requests", *_BUDGETS)
"""Limits of a gateway's tenant that are numbers; of budgets none is set by default."""


def budget_reason(team: Team, before: float, after: float | None) -> str | None:
    """Return why the cost of a change needs an approver; None when it needs none.

    Args:
        team: The team of the service.
        before: What all its services cost a day now, in US dollars.
        after: What they would cost; None where a price is not known.
    """
    if after is None:
        return "its cost is not known"
    if after > before and after > team.budget_usd_day:
        return f"{after:.2f} US dollars a day is above the team's budget of {team.budget_usd_day:.2f}"
    return None


def options_reason(spec: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> str | None:
    """Return why an approver must look at a service's options; None when no one must.

    Options that take other files, trust requests or log prompts need it.

    Args:
        spec: The settings that are requested; None for a service's end.
        before: The settings as last applied, whose options were looked at then.
    """
    if spec is None:
        return None
    known = before["args"] if before and before["model"] == spec["model"] and "args" in before else {}
    changed = {name: value for name, value in spec.get("args", {}).items() if name not in known or known[name] != value}
    reasons = review_reasons(changed, spec["model"])
    return f"its options need a second look ({'; '.join(reasons)})" if reasons else None


def limits_reason(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Return why other limits at a gateway need an approver; None when they only lower what the team may use.

    Args:
        before: The limits that are set now, by name.
        after: Those that are requested. One that is not set is the gateway's default, of a budget none.
    """
    raised = [line for name in _NUMBERS if (line := _raised(name, before.get(name), after.get(name)))]
    if more := _more_models(before.get("models"), after.get("models")):
        raised.append(more)
    return f"it allows the team more: {'; '.join(raised)}" if raised else None


def _raised(name: str, before: float | None, after: float | None) -> str | None:
    if before == after:
        return None
    if name in _BUDGETS:
        if before is None:
            return None
        return f"no {name}, it was {before:,.10g}" if after is None else _from_to(name, before, after)
    if before is None or after is None:
        # How large the default is can change with the platform's settings.
        was, will = ("the default" if value is None else f"{value:,.10g}" for value in (before, after))
        return f"{name} from {was} to {will}"
    return _from_to(name, before, after)


def _from_to(name: str, before: float, after: float) -> str | None:
    return f"{name} from {before:,.10g} to {after:,.10g}" if after > before else None


def _more_models(before: Sequence[str] | None, after: Sequence[str] | None) -> str | None:
    if before is None:
        return None
    if after is None:
        return "all models that the team may use, it was a list"
    added = [model for model in after if model not in before]
    return f"models {', '.join(added)}" if added else None
