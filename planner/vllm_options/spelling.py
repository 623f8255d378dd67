"""The name that is meant where another one is written, and a value as a message shows it."""

import difflib
import json
from collections.abc import Iterable
from typing import Final

from pydantic import JsonValue

LIKENESS: Final = 0.8
"""Of `difflib`'s ratio: below it a guess misleads more than it helps (``rope-scaling`` is 0.5 like ``return-sampling-mask``)."""
_LONGEST: Final = 60
_DIGITS: Final = 30


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that differs from ``text`` in case and punctuation only, or is very like it; else None."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(_folded(name), name)
    wanted = _folded(text)
    if wanted in folded:
        return folded[wanted]
    near = difflib.get_close_matches(wanted, folded, n=1, cutoff=LIKENESS)
    return folded[near[0]] if near else None


def shown(value: JsonValue) -> str:
    """A value as a message shows it: as JSON, shortened, on one line."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**_DIGITS:
        return f"a number of about {round(value.bit_length() * 0.30103)} digits"
    text = (
        json.dumps(value, ensure_ascii=False, default=str) if not isinstance(value, dict | list) else _container(value)
    )
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _container(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "a value that is too deep or too long to show"


def _folded(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
