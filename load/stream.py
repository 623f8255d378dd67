"""Server-sent events of a streamed completion: counted, and searched for the first text, the end, usage and errors."""

import json
import re
from typing import Any

_DATA = b"data:"
_EVENT = b"event:"
_DONE = b"[DONE]"
_ERROR = b"error"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_USAGE = re.compile(rb'"usage"\s*:\s*\{')
"""Of an event that counts; others say that they do not: ``"usage": null``."""


class EventReader:
    """Takes the bytes of a stream in any pieces; parses no more JSON than it must."""

    def __init__(self) -> None:
        self.events = 0
        """Data events before ``[DONE]``."""
        self.spoken = False
        """Whether an event had a part of the answer: text, reasoning or a tool call, and not the role alone."""
        self.done = False
        self.error = b""
        """Data of an error event."""
        self._named_error = False
        self._rest = b""
        self._usage = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        lines = _LINE_END.split(self._rest + data)
        self._rest = lines.pop()
        for line in lines:
            self._take(line)

    def finish(self) -> None:
        """Take the end of the body: what is left is a line, too, whose end the server omitted."""
        self.feed(b"\n")

    def usage(self) -> dict[str, Any]:
        """The last ``usage`` that came; empty without one."""
        return read_usage(self._usage)

    def _take(self, line: bytes) -> None:
        if line.startswith(_EVENT):
            self._named_error = line[len(_EVENT) :].strip() == _ERROR
        if not line.startswith(_DATA):
            return
        said = line[len(_DATA) :].strip()
        if said == _DONE:
            self.done = True
        if self.done:
            return
        self.events += 1
        if self._named_error or (b'"error"' in said and _is_error(said)):
            self.error = said
        elif _USAGE.search(said):
            self._usage = said
        self._named_error = False
        self.spoken = self.spoken or _speaks(said)


def read_usage(body: bytes) -> dict[str, Any]:
    """The object ``usage`` of a JSON body, empty where there is none; the Responses API has it in ``response``."""
    said = _object(body)
    inner = said.get("response")
    found = said.get("usage") or (inner.get("usage") if isinstance(inner, dict) else None)
    return found if isinstance(found, dict) else {}


def _is_error(said: bytes) -> bool:
    """Whether an event is an error: OpenAI's form, the same beside ``choices``, or that of older vLLM, ``"object": "error"``."""
    found = _object(said)
    return bool(found.get("error")) or "error" in (found.get("object"), found.get("type"))


def _speaks(said: bytes) -> bool:
    """Whether an event has a part of the answer in one of its choices."""
    choices = _object(said).get("choices")
    for choice in choices if isinstance(choices, list) else ():
        delta = choice.get("delta") if isinstance(choice, dict) else None
        if isinstance(delta, dict) and any(value for key, value in delta.items() if key != "role"):
            return True
    return False


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
