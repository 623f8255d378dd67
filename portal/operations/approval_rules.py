"""Rules that send a change to an approver: the team's budget, and options of vLLM that need a second look."""

from collections.abc import Mapping
from typing import Any

from portal.db.people import Team
from settings.validation.option_review import review_reasons


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
