"""The events of a stream, put together into the answer that it would be as a whole: a pattern may match across many events."""

import json
from typing import Any

MOST_EVENT_BYTES = 1 << 20
"""Longest event that is read."""
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


class Events:
    """The answer of a stream so far; of its texts `most` characters are kept."""

    def __init__(self, most: int) -> None:
        self._most, self._kept = most, 0
        self._rest = bytearray()
        self._skipping = False
        self._choices: dict[int, dict[str, Any]] = {}
        self._output: dict[str, list[str]] = {}
        self._whole: dict[str, Any] | None = None
        self._usage: Any = None
        self.cut = False

    def take(self, data: bytes) -> None:
        """Take a piece of the stream, cut anywhere."""
        self._rest += data
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        for line in lines:
            if not self._skipping:
                self._line(bytes(line).strip())
            self._skipping = False
        if len(self._rest) > MOST_EVENT_BYTES:
            self._rest.clear()
            self._skipping = self.cut = True

    def answer(self) -> Any:
        """The answer as an object."""
        if self._whole is not None:
            return self._whole
        if self._output:
            return {"output": [{"text": "".join(parts)} for parts in self._output.values()]}
        found: dict[str, Any] = {"choices": [_joined(self._choices[index]) for index in sorted(self._choices)]}
        return found if self._usage is None else {**found, "usage": self._usage}

    def _line(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name != b"data" or value.strip() == b"[DONE]":
            return
        try:
            event = json.loads(value)
        except (ValueError, RecursionError):
            self.cut = True
            return
        if not isinstance(event, dict):
            return
        if isinstance(event.get("response"), dict) and event["response"].get("output"):
            # The last one has the whole answer, which the events before had in pieces.
            self._whole = event["response"] if len(value) <= self._most else None
        elif isinstance(event.get("delta"), str):
            where = f"{event.get('type', '')} {event.get('output_index', 0)} {event.get('content_index', 0)}"
            self._output.setdefault(where, []).append(self._text(event["delta"]))
        self._usage = event.get("usage") or self._usage
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> None:
        index = choice.get("index")
        kept = self._choices.setdefault(index if isinstance(index, int) else 0, {"parts": {}, "tools": {}})
        if choice.get("finish_reason"):
            kept["finish_reason"] = choice["finish_reason"]
        delta = choice.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        found = {"text": choice.get("text"), **{name: delta.get(name) for name in _TEXTS}}
        for name, value in found.items():
            if isinstance(value, str) and value:
                kept["parts"].setdefault(name, []).append(self._text(value))
        tools = delta.get("tool_calls")
        for tool in tools if isinstance(tools, list) else ():
            function = tool.get("function") if isinstance(tool, dict) else None
            for name in ("name", "arguments"):
                value = function.get(name) if isinstance(function, dict) else None
                if isinstance(value, str):
                    texts = kept["tools"].setdefault(str(tool.get("index", 0)), {"name": [], "arguments": []})
                    texts[name].append(self._text(value))

    def _text(self, text: str) -> str:
        if self._takes(len(text)):
            return text
        left = max(0, self._most - self._kept + len(text))
        return text[:left]

    def _takes(self, count: int) -> bool:
        self._kept += count
        if self._kept > self._most:
            self.cut = True
        return self._kept <= self._most


def _joined(choice: dict[str, Any]) -> dict[str, Any]:
    parts = {name: "".join(texts) for name, texts in choice["parts"].items()}
    tools = [{name: "".join(texts) for name, texts in one.items()} for one in choice["tools"].values()]
    made: dict[str, Any] = {"finish_reason": choice.get("finish_reason")}
    if "text" in parts:
        return {**made, "text": parts["text"]}
    return {**made, "message": {**parts, **({"tool_calls": tools} if tools else {})}}
