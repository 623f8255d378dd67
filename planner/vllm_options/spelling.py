"""The name that is meant where another one is written."""

import difflib
from collections.abc import Iterable
from typing import Final

LIKENESS: Final = 0.8
"""Of `difflib`'s ratio: below it a guess misleads more than it helps (``rope-scaling`` is 0.5 like ``return-sampling-mask``)."""


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


def _folded(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
