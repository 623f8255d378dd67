"""Streams of the emulator: usage by option and request, tool calls."""

import json
from typing import Any

import pytest

from tests.rehearsal.images.vllm.test_app import HELLO, KEY, client
from tests.rehearsal.images.vllm.test_tools import WEATHER

TOOLS = ("--enable-auto-tool-choice", "--tool-call-parser=hermes")


def chunks(*arguments: str, **body: Any) -> list[dict[str, Any]]:
    """The events of a streamed chat, which has to end with ``[DONE]``."""
    said = {"model": "m", "messages": HELLO, "stream": True, "max_tokens": 5} | body
    response = client(*arguments).post("/v1/chat/completions", headers=KEY, json=said)
    assert response.status_code == 200, response.text
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


@pytest.mark.parametrize("options", [None, {"include_usage": False}, {"include_usage": True}])
def test_forced_usage_is_in_every_event_and_in_a_last_one(options: dict[str, bool] | None) -> None:
    more = {"stream_options": options} if options else {}
    events = chunks("--enable-force-include-usage", **more)
    assert [event["usage"]["completion_tokens"] for event in events] == [0, 1, 2, 3, 4, 5, 5, 5]
    assert events[-1]["choices"] == []


def test_usage_as_the_request_has_it() -> None:
    assert not any("usage" in event for event in chunks())
    last = chunks(stream_options={"include_usage": True})
    assert ["usage" in event for event in last] == [False] * 7 + [True]
    every = chunks(stream_options={"include_usage": True, "continuous_usage_stats": True})
    assert all("usage" in event for event in every)


def test_tool_call_in_pieces() -> None:
    events = chunks(*TOOLS, tools=[WEATHER], max_tokens=100)
    parts = [part for event in events for part in event["choices"][0]["delta"].get("tool_calls", [])]
    assert parts[0]["function"]["name"] == "weather"
    assert parts[0]["id"]
    assert not any("name" in part["function"] for part in parts[1:])
    assert json.loads("".join(part["function"]["arguments"] for part in parts)) == {"city": "emulated"}
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    ("choice", "reason"),
    [("required", "tool_calls"), ({"type": "function", "function": {"name": "weather"}}, "stop")],
)
def test_whole_tool_call(choice: Any, reason: str) -> None:
    body = {"model": "m", "messages": HELLO, "tools": [WEATHER], "tool_choice": choice}
    answer = client(*TOOLS).post("/v1/chat/completions", headers=KEY, json=body).json()
    made = answer["choices"][0]
    assert (made["finish_reason"], made["message"]["content"]) == (reason, None)
    assert json.loads(made["message"]["tool_calls"][0]["function"]["arguments"]) == {"city": "emulated"}
    assert answer["usage"]["completion_tokens"] > 0
