"""Tool calls, chosen and made up."""

from typing import Any

import pytest

from rehearsal.images.vllm.errors import RequestError
from rehearsal.images.vllm.tools import choose, example

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "clock"}}
USER = {"role": "user", "content": "hello"}


def call(**data: Any) -> Any:
    """What is chosen for a chat with both tools."""
    return choose({"messages": [USER], "tools": [WEATHER, CLOCK]} | data, auto_tools=True)


def test_first_function_unless_one_is_named() -> None:
    assert (call().name, call().arguments, call().named) == ("weather", '{"city": "emulated"}', False)
    named = call(tool_choice={"type": "function", "function": {"name": "clock"}})
    assert (named.name, named.arguments, named.named) == ("clock", "{}", True)
    assert call(tool_choice={"type": "function", "name": "clock"}).name == "clock", "the form of the Responses API"


def test_text_where_no_call_is_due() -> None:
    assert call(tool_choice="none") is None
    assert call(messages=[USER, {"role": "tool", "content": "sunny"}]) is None
    assert choose({"messages": [USER]}, auto_tools=False) is None
    assert call(tool_choice="required", messages=[USER, {"role": "tool"}]).name == "weather"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"tools": None, "tool_choice": "auto"}, "`tools` must be set"),
        ({"tool_choice": {"type": "function", "function": {"name": "no"}}}, "does not match any"),
        ({"tools": {"a": 1}}, "valid list"),
    ],
)
def test_refusals(data: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        call(**data)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "array", "items": {"enum": ["b", "a"]}}, ["b"]),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, 1.5),
        ({"type": ["boolean", "null"]}, True),
        ({"const": 7}, 7),
        ({}, {}),
    ],
)
def test_examples_fit_their_schema(schema: dict[str, Any], value: object) -> None:
    assert example(schema) == value


def test_a_schema_without_end_has_one() -> None:
    loop: dict[str, Any] = {"type": "object", "properties": {}}
    loop["properties"]["next"] = loop
    assert "next" in example(loop)
