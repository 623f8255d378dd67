"""Options of vLLM that an approver must see: those that take other files, trust requests or log prompts."""

from collections.abc import Mapping
from typing import Any

from settings.validation.option_review import review_reasons


def options_reason(spec: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> str | None:
    """Why an approver must look at a service's options; None when no one must.

    Args:
        spec: The settings that are asked for; None for a service's end.
        before: The settings as last applied, whose options were looked at then.
    """
    if spec is None:
        return None
    known = before["args"] if before and before["model"] == spec["model"] and "args" in before else {}
    changed = {name: value for name, value in spec.get("args", {}).items() if name not in known or known[name] != value}
    reasons = review_reasons(changed, spec["model"])
    return f"its options need a second look ({'; '.join(reasons)})" if reasons else None
