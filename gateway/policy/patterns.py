"""Patterns that response logs remove: a service's, and those that always count.

They are RE2's, whose time is linear in the text (https://github.com/google/re2/wiki/WhyRE2): no prompt makes one run away.
"""

from functools import lru_cache
from typing import Any

import re2

ALWAYS = (
    r"sk-llm-[A-Za-z0-9_-]{20,}",
    r"\bhf_[A-Za-z0-9]{20,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
)
"""Removed whatever the settings are: keys of the gateway, the Hub's tokens, AWS's access keys, private keys."""
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
