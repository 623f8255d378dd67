"""The Responses API of the emulator."""

import json
from typing import Any

import pytest

from tests.rehearsal.images.vllm.test_app import KEY, client

FUNCTION = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}
TOOLS = ("--enable-auto-tool-choice", "--tool-call-parser=hermes")


def post(**body: Any) -> Any:
    """POST /v1/responses."""
    return client(*TOOLS).post("/v1/responses", headers=KEY, json={"model": "m", "input": "hello"} | body)


def events(**body: Any) -> list[dict[str, Any]]:
    """The events of a stream, whose types are in both places."""
    lines = post(stream=True, **body).text.split("\n\n")[:-1]
    pairs = [line.split("\ndata: ") for line in lines]
    found = [json.loads(data) for _, data in pairs]
    assert [name.removeprefix("event: ") for name, _ in pairs] == [event["type"] for event in found]
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    return found


def test_message() -> None:
    answer = post(instructions="Be brief.").json()
    assert answer["status"] == "completed"
    assert "hello" in answer["output"][0]["content"][0]["text"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] > post().json()["usage"]["input_tokens"]


def test_limit_makes_it_incomplete() -> None:
    assert post(max_output_tokens=2).json()["incomplete_details"] == {"reason": "max_output_tokens"}
    assert events(max_output_tokens=2)[-1]["type"] == "response.incomplete"


def test_stream_of_a_message() -> None:
    found = events()
    kinds = list(dict.fromkeys(event["type"].removeprefix("response.") for event in found))
    assert kinds == [
        "created", "in_progress", "output_item.added", "content_part.added", "output_text.delta", "output_text.done",
        "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    said = "".join(event["delta"] for event in found if event["type"].endswith(".delta"))
    assert said == found[-1]["response"]["output"][0]["content"][0]["text"]
    assert found[0]["response"]["usage"] is None
    assert found[-1]["response"]["usage"]["output_tokens"] > 0


def test_function_call_and_its_result() -> None:
    call = post(tools=[FUNCTION]).json()["output"][0]
    assert (call["type"], call["name"], call["arguments"]) == ("function_call", "weather", "{}")
    assert any(event["type"] == "response.function_call_arguments.delta" for event in events(tools=[FUNCTION]))
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
    done = post(tools=[FUNCTION], input=[{"role": "user", "content": "hello"}, call, result]).json()
    assert done["output"][0]["type"] == "message"


@pytest.mark.parametrize("given", [None, [1]])
def test_refusals(given: object) -> None:
    assert post(input=given).status_code == 400
