"""IAM documents of statements, within AWS's sizes."""

import json
import re
from collections.abc import Sequence

from cli.operator_policy.statement import Allowed

MANAGED_LIMIT = 6_144
"""Characters of a managed policy without white space
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role together (same page)."""
_VERSION = "2012-10-17"


def document(statements: Sequence[Allowed]) -> dict[str, object]:
    """One policy document."""
    return {"Version": _VERSION, "Statement": [one.as_json() for one in statements]}


def text_of(statements: Sequence[Allowed]) -> str:
    """The document as people read it."""
    return json.dumps(document(statements), indent=2) + "\n"


def size(statements: Sequence[Allowed]) -> int:
    """Characters that count against AWS's limits."""
    return len(re.sub(r"\s", "", text_of(statements)))


def split(statements: Sequence[Allowed]) -> list[list[Allowed]]:
    """The statements in order, in as few documents as managed policies need.

    Raises:
        ValueError: one statement alone is too long.
    """
    parts: list[list[Allowed]] = [[]]
    for one in statements:
        if size([one]) > MANAGED_LIMIT:
            raise ValueError(
                f"statement {one.sid} has {size([one])} characters, a managed policy takes {MANAGED_LIMIT}"
            )
        if size([*parts[-1], one]) > MANAGED_LIMIT:
            parts.append([])
        parts[-1].append(one)
    return parts
