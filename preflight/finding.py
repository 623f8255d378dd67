"""What a check found: one line with the fix."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How sure it is that `pulumi up` fails."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One problem that a preflight found."""

    level: Level
    where: str
    """Key of the setting below ``llm-platform:``, or what of AWS it is about."""
    message: str
    """What is wrong, and the fix."""
    refuses: bool = False
    """Whether a preview ends with it: an error with which no part of `pulumi up` can help."""

    def __str__(self) -> str:
        """The line people read."""
        return f"{self.where}: {self.message}"


def refusal(where: str, message: str) -> Finding:
    """An error that ends the preview."""
    return Finding(level=Level.ERROR, where=where, message=message, refuses=True)


def error(where: str, message: str) -> Finding:
    """An error that a preview warns of."""
    return Finding(level=Level.ERROR, where=where, message=message)


def warning(where: str, message: str) -> Finding:
    """What may go wrong."""
    return Finding(level=Level.WARNING, where=where, message=message)
