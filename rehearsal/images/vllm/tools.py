"""Tool calls of a chat: the emulator calls the first function it may, with arguments made from the function's schema."""

import json
from dataclasses import dataclass
from typing import Any

from rehearsal.images.vllm.errors import BodyError, RequestError

Json = dict[str, Any]
_DEEPEST = 8


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function to call."""

    name: str
    arguments: str
    """JSON, as OpenAI's API has it."""
    named: bool
    """The request named the function: then vLLM's finish_reason is ``stop``, else ``tool_calls``."""


def choose(data: Json, *, auto_tools: bool) -> Call | None:
    """The call that answers a chat request; None for one that is answered with text.

    The answer to a tool's result is always text, so that a client's loop ends.

    Raises:
        RequestError: the request's tools cannot be used.
    """
    tools, choice = data.get("tools"), data.get("tool_choice", "auto" if data.get("tools") else "none")
    if not tools:
        if choice not in (None, "none"):
            raise RequestError("When using `tool_choice`, `tools` must be set.", param="tool_choice")
        return None
    if not isinstance(tools, list):
        raise BodyError("list_type", ("tools",), "Input should be a valid list", input=tools)
    if choice == "auto" and not auto_tools:
        raise RequestError('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    functions = {name: tool for tool in tools if isinstance(tool, dict) and (name := _name(tool))}
    named = _name(choice) if isinstance(choice, dict) else ""
    if named and named not in functions:
        raise RequestError("The tool specified in `tool_choice` does not match any of the specified `tools`")
    if choice == "none" or not functions or (choice == "auto" and _answers_tool(data)):
        return None
    name = named or next(iter(functions))
    function = functions[name].get("function") or functions[name]
    return Call(name=name, arguments=json.dumps(example(function.get("parameters") or {})), named=bool(named))


def example(schema: Json, depth: int = 0) -> Any:
    """A value that a JSON schema admits, for the keywords that functions' parameters have."""
    if "const" in schema:
        return schema["const"]
    for several in ("enum", "anyOf", "oneOf"):
        if schema.get(several):
            first = schema[several][0]
            return first if several == "enum" else example(first, depth + 1)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties") or {}
        wanted = [name for name in schema.get("required") or properties if name in properties]
        return {} if depth > _DEEPEST else {name: example(properties[name], depth + 1) for name in wanted}
    if kind == "array":
        return [] if depth > _DEEPEST else [example(schema.get("items") or {"type": "string"}, depth + 1)]
    return {"integer": 1, "number": 1.5, "boolean": True, "null": None}.get(kind, "emulated")


def _name(tool: Json) -> str:
    """The function's name: Chat Completions have it in ``function``, Responses beside ``type``."""
    function = tool.get("function")
    return str((function.get("name") if isinstance(function, dict) else tool.get("name")) or "")


def _answers_tool(data: Json) -> bool:
    messages = data.get("messages") or [{}]
    return isinstance(messages[-1], dict) and messages[-1].get("role") == "tool"
