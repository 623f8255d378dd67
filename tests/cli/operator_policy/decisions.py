"""Decides a request under the operator's policy as IAM does: for the operators that the policy uses."""

import fnmatch
from collections.abc import Callable, Mapping, Sequence

from cli.operator_policy.statement import Allowed

Context = Mapping[str, str]
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda given, wanted: given == wanted,
    "StringLike": fnmatch.fnmatchcase,
    "Bool": lambda given, wanted: given == wanted,
}


def permits(policy: Sequence[Allowed], action: str, resource: str, context: Context) -> bool:
    """Whether any statement allows an action on one resource.

    Args:
        policy: the statements, all of which allow.
        action: such as ``kms:TagResource``.
        resource: its ARN.
        context: condition keys of the request; a key that is not there satisfies ``IfExists`` only.
    """
    return any(
        action in one.actions
        and any(fnmatch.fnmatchcase(resource, pattern) for pattern in one.resources)
        and all(
            _holds(operator, key, wanted, context)
            for operator, keys in one.conditions.items()
            for key, wanted in keys.items()
        )
        for one in policy
    )


def _holds(operator: str, key: str, wanted: str | Sequence[str], context: Context) -> bool:
    plain = operator.removesuffix("IfExists")
    if key not in context:
        return plain != operator
    values = [wanted] if isinstance(wanted, str) else wanted
    return any(_OPERATORS[plain](context[key], value) for value in values)
