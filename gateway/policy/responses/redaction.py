"""Removes what patterns match from prompts and answers, and bounds what is left.

Patterns are RE2's, whose time is linear in the text (https://github.com/google/re2/wiki/WhyRE2): no prompt makes one run away.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import re2

REDACTED = "[redacted]"
ALWAYS = (
    r"sk-llm-[A-Za-z0-9_-]{20,}",
    r"\bhf_[A-Za-z0-9]{20,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
)
"""Removed whatever the settings are: keys of the gateway, the Hub's tokens, AWS's access keys, private keys."""
MARGIN = 4096
"""Characters before a cut that are not kept: what begins there may be a half of what a pattern matches."""
_PATTERNS = 64


@lru_cache(_PATTERNS)
def compiled(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    """The patterns, with those that always count before them.

    Raises:
        ValueError: RE2 refuses one, or it matches the empty text.
    """
    options = re2.Options()
    options.log_errors = False
    found = []
    for pattern in (*ALWAYS, *patterns):
        try:
            one = re2.compile(pattern, options)
        except re2.error as error:
            raise ValueError(f"{pattern}: {error}") from None
        if one.search("") is not None:
            raise ValueError(f"{pattern}: matches the empty text")
        found.append(one)
    return tuple(found)


class Redactor:
    """Redacts the texts of one prompt or answer, up to a length."""

    def __init__(self, patterns: Sequence[str], most: int) -> None:
        """Use these patterns beside `ALWAYS`; keep `most` characters of all texts together.

        Raises:
            ValueError: a pattern cannot be used.
        """
        self._patterns = compiled(tuple(patterns))
        self._left = most + MARGIN
        self.count = 0
        self.cut = False

    def value(self, value: Any) -> Any:
        """A value of JSON with its texts, its keys and its numbers redacted; what is beyond the length is empty."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            shown = self.text(json.dumps(value))
            return value if REDACTED not in shown and not self.cut else shown
        return value

    def text(self, text: str) -> str:
        """A text, redacted; from where the length is used up, nothing of it."""
        cut = len(text) > self._left
        if cut:
            self.cut = True
            text = text[: self._left]
        self._left -= len(text)
        # Half a character, which JSON may have and UTF-8 may not.
        text = text.encode("utf-8", "replace").decode("utf-8")
        for pattern in self._patterns:
            text, count = pattern.subn(lambda _: REDACTED, text)
            self.count += count
        return text[:-MARGIN] if cut else text


def bounded(text: str, most: int) -> tuple[str, bool]:
    """The beginning of a text that has at most so many bytes in UTF-8, and whether something is missing."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return text, False
    return data[:most].decode("utf-8", "ignore"), True
