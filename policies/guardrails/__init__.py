"""The guardrails: `RULES` is every rule, `policies()` the same as the SDK's policies."""

from pulumi_policy import Policy

from guardrails.rules import RULES

__all__ = ["RULES", "policies"]


def policies() -> list[Policy]:
    """Every rule as a policy."""
    return [rule.policy() for rule in RULES]
