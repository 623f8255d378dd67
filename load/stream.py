"""Server-sent events of a streamed completion: counted, and searched for the end, for usage and for errors."""

import json
from typing import Any

_DATA = b"data:"
_DONE = b"[DONE]"
_ERROR = b'{"error"'


class EventReader:
    """Takes the bytes of a stream in any pieces; parses no more JSON than it must."""

    def __init__(self) -> None:
        self.events = 0
        """Data events before ``[DONE]``."""
        self.done = False
        self.error = b""
        """Data of an error event."""
        self._rest = b""
        self._usage = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if not line.startswith(_DATA):
                continue
            said = line[len(_DATA) :].strip()
            if said == _DONE:
                self.done = True
                continue
            self.events += 1
            if said.startswith(_ERROR):
                self.error = said
            elif b'"usage"' in said:
                self._usage = said

    def usage(self) -> dict[str, Any]:
        """The last ``usage`` that came; empty without one."""
        return read_usage(self._usage)


def read_usage(body: bytes) -> dict[str, Any]:
    """The object ``usage`` of a JSON body, empty where there is none; the Responses API has it in ``response``."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    inner = said.get("response")
    found = said.get("usage") or (inner.get("usage") if isinstance(inner, dict) else None)
    return found if isinstance(found, dict) else {}
