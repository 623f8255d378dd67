"""Failures to read a model: one line each, whatever the input was."""

SHOWN = 120
"""Characters of a name or value that a message shows."""


class SourceError(Exception):
    """No model could be read; the message says from where, why, and the fix, in one line."""

    def __init__(self, message: str) -> None:
        """Keep the message as one printable line."""
        super().__init__("".join(map(_printable, message)))


def shown(text: str) -> str:
    """A name as messages show it: long ones are cut in the middle."""
    if len(text) <= SHOWN:
        return text
    return f"{text[: SHOWN // 2]}...{text[-SHOWN // 4 :]} ({len(text):,} characters)"


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
