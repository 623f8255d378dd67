"""Failures to read a model: one line each, whatever the input was."""

from planner.shown import one_line


class SourceError(Exception):
    """No model could be read; the message says from where, why, and the fix, in one line."""

    def __init__(self, message: str) -> None:
        """Keep the message as one printable line."""
        super().__init__(one_line(message))
