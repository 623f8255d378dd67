"""One resource that is left."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What is left, what it costs, and how it is removed."""

    kind: str
    """What it is, in AWS's words, such as ``EBS volume``."""
    id: str
    """Id, name or ARN, as the command takes it."""
    found_by: str
    """Tag or name by which it is the stack's."""
    usd_per_month: float | None
    """US dollars in a month of 730 hours at the planner's list prices; 0 where it is not billed, None where unknown."""
    command: str
    """The AWS CLI command that removes it."""
    detail: str = ""
    """What else helps to recognise it: size, state, type."""
    kept: str = ""
    """The setting that keeps it on purpose; empty where nothing does."""

    def as_json(self) -> dict[str, Any]:
        """The resource as plain data."""
        return asdict(self)
