"""Text of users in files that people open with a spreadsheet."""

from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """A cell's value; text that a spreadsheet would run as a formula gets a ``'`` before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
