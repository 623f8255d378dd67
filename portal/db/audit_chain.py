"""Hash chain of the audit log: each line has a hash over its content and the hash of the line before.

Migrations use this too, so what is hashed never changes; a new column comes with a second function.
"""

import hashlib
import json
from datetime import UTC, datetime

BEGIN = "0" * 64
"""Hash before the first line."""


def link(
    previous: str,
    *,
    id: int,  # noqa: A002  the column's name
    at: datetime,
    actor: str,
    address: str,
    team: str | None,
    action: str,
    target: str,
    outcome: str,
    detail: str,
) -> str:
    """The hash of a line, 64 hexadecimal digits; ``previous`` is that of the line before it."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    content = json.dumps([previous, id, moment, actor, address, team, action, target, outcome, detail])
    return hashlib.sha256(content.encode()).hexdigest()
