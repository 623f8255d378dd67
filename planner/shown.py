"""Names and values of others as messages show them: on one line, printable, and no longer than anyone reads."""

import json
from typing import Final

LONGEST_VALUE: Final = 60
"""Characters of a value that a message shows."""
_ROOM: Final = 20
_LONGEST_NAME: Final = 120
_DIGITS: Final = 30
_DIGITS_PER_BIT: Final = 0.30103
"""The decimal logarithm of 2."""


def shown(value: object) -> str:
    """A value as JSON, shortened, on one line; what JSON lacks, such as a date, as its text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**_DIGITS:
        return f"a number of about {round(value.bit_length() * _DIGITS_PER_BIT):,} digits"
    try:
        text = one_line(json.dumps(value, ensure_ascii=False, default=str))
    except (
        TypeError,
        ValueError,
        RecursionError,
    ):  # a key that is no text, a number that Python refuses to print, too deep
        return "a value that is too deep or too long to show"
    return _cut(text)


def as_yaml(value: object) -> str:
    """A value as a stack file or a file of prices has it: like :func:`shown`, texts in single quotes."""
    if not isinstance(value, str | float):
        return shown(value)
    return _cut(one_line(repr(value)))


def shortened(text: str) -> str:
    """A name, without quotes; a long one is cut in the middle."""
    if len(text) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME // 2]}...{text[-_LONGEST_NAME // 4 :]} ({len(text):,} characters)"


def one_line(text: str, longest: int | None = None) -> str:
    """A text without line breaks and control characters, which are escaped, and at most ``longest`` characters of it."""
    plain = "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
    return plain if longest is None or len(plain) <= longest else f"{plain[: longest - 3]}..."


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - _ROOM]}… ({len(text):,} characters)"
