"""A policy of the SDK that is called for each resource and for the stack.

The SDK has one class for each of the two; its servicer chooses by class, so one that is both is called for both.
"""

from collections.abc import Callable
from typing import Any

from pulumi_policy import (
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)


class TwofoldPolicy(ResourceValidationPolicy, StackValidationPolicy):
    """A policy that judges each resource before it is made, and at the end what only the whole stack shows."""

    def __init__(self, resource: Callable[..., None], stack: Callable[..., None], **common: Any) -> None:
        Policy.__init__(self, **common)
        self._resource = resource
        self._stack = stack

    def validate(self, args: ResourceValidationArgs | StackValidationArgs, report_violation: ReportViolation) -> None:
        """Judge one resource or the stack."""
        (self._stack if isinstance(args, StackValidationArgs) else self._resource)(args, report_violation)

    def has_validation(self) -> bool:
        """Whether there is anything to judge."""
        return True

    def has_remediation(self) -> bool:
        """A rule changes nothing."""
        return False
