"""Burn rates of hours and of a day, which are evaluated less often than the rest, since what they read is long."""

from monitoring.rules import errors, latency
from monitoring.rules.arguments import RuleArgs
from monitoring.rules.rule import Group

INTERVAL = "2m"
"""Their alerts come up to that much later, which is little beside windows of 30 minutes and more."""


def group(args: RuleArgs) -> Group:
    """The rules, after those of the shortest windows, which they use."""
    return Group(name="llm-slow-burns", rules=(*latency.slow_rules(), *errors.slow_rules(args)), interval=INTERVAL)
