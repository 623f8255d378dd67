"""Removes what patterns match from prompts and answers, and bounds what is left.

Patterns are RE2's, whose time is linear in the text (https://github.com/google/re2/wiki/WhyRE2): no prompt makes one run away.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from gateway.policy.patterns import compiled

REDACTED = "[redacted]"
MARGIN = 4096
"""Characters before a cut that are not kept: what begins there may be a half of what a pattern matches."""
NOT_KEPT = "[not kept]"
PIECES = frozenset({"logprobs", "top_logprobs", "prompt_logprobs", "token_ids", "prompt_token_ids"})
"""Fields with a text once more, token by token, where no pattern finds what is in several of them
(https://docs.vllm.ai/en/stable/serving/openai_compatible_server/). Whether they are requested is kept."""
TOO_DEEP = "[nested too deeply]"
MOST_DEPTH = 100
"""Objects and lists in each other that are read; no prompt or answer of OpenAI's API has a tenth of it but in a tool's schema."""
_PART_TEXTS = ("text", "thinking", "refusal")


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
        """A value of JSON with its texts, its keys and its numbers redacted; what is beyond the length is empty.

        Where it has a text in pieces (`PIECES`, lists of numbers, such as a prompt's tokens) there is `NOT_KEPT`; parts of a
        message's text are matched together too.
        """
        return self._value(value, "", 0)

    def _value(self, value: Any, name: str, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict | list):
            if name in PIECES or (isinstance(value, list) and value and all(map(_is_number, value))):
                return NOT_KEPT
            if depth == MOST_DEPTH:
                self.cut = True
                return TOO_DEEP
            if isinstance(value, dict):
                return {self.text(str(key)): self._value(each, str(key), depth + 1) for key, each in value.items()}
            parts = [self._value(each, "", depth + 1) for each in value]
            return self._together(parts) if name == "content" else parts
        if _is_number(value):
            written = json.dumps(value)
            shown = self.text(written)
            return value if shown == written else shown
        return value

    def _together(self, parts: list[Any]) -> list[Any]:
        """Parts of a message; those whose texts match a pattern only together become one."""
        found: list[Any] = []
        for is_text, group in groupby(parts, lambda part: _part_text(part) is not None):
            run = list(group)
            if is_text and len(run) > 1:
                text, count = self._without("".join(_part_text(part) or "" for part in run))
                if count:
                    self.count += count
                    run = [{"type": "text", "text": text}]
            found += run
        return found

    def text(self, text: str) -> str:
        """A text, redacted; from where the length is used up, nothing of it."""
        cut = len(text) > self._left
        if cut:
            self.cut = True
            text = text[: self._left]
        self._left -= len(text)
        # Half a character, which JSON may have and UTF-8 may not.
        text, count = self._without(text.encode("utf-8", "replace").decode("utf-8"))
        self.count += count
        return text[:-MARGIN] if cut else text

    def _without(self, text: str) -> tuple[str, int]:
        count = 0
        for pattern in self._patterns:
            text, more = pattern.subn(lambda _: REDACTED, text)
            count += more
        return text, count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _part_text(part: Any) -> str | None:
    """The text of a part of a message, which may be a text itself; None for another part."""
    if isinstance(part, str):
        return part
    texts = [part[name] for name in _PART_TEXTS if isinstance(part.get(name), str)] if isinstance(part, dict) else []
    return texts[0] if texts else None


def bounded(text: str, most: int) -> tuple[str, bool]:
    """The beginning of a text that has at most so many bytes in UTF-8, and whether something is missing."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return text, False
    return data[:most].decode("utf-8", "ignore"), True
