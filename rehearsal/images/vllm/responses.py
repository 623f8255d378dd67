"""The Responses API over chat: one message or one function call, whole or as named events without ``[DONE]``."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

from rehearsal.images.vllm import bodies
from rehearsal.images.vllm.engine import Engine
from rehearsal.images.vllm.errors import BodyError
from rehearsal.images.vllm.requests import Generation

Json = dict[str, Any]
_FUNCTION_OUTPUT = "function_call_output"


def as_chat(data: Json) -> Json:
    """The chat request that a Responses request comes down to.

    Raises:
        BodyError: there is no input.
    """
    given = data.get("input")
    if given is None:
        raise BodyError("missing", ("input",), "Field required", input=data)
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BodyError("list_type", ("input",), "Input should be a valid list", input=given)
    messages = [_message(item) for item in items]
    if data.get("instructions"):
        messages.insert(0, {"role": "system", "content": data["instructions"]})
    chat = {
        name: data[name] for name in ("model", "stream", "temperature", "top_p", "tools", "tool_choice") if name in data
    }
    limit = data.get("max_output_tokens")
    return chat | {"messages": messages} | ({"max_completion_tokens": limit} if limit is not None else {})


def _message(item: Json) -> Json:
    if item.get("type") == _FUNCTION_OUTPUT:
        return {"role": "tool", "content": str(item.get("output", ""))}
    return {"role": item.get("role", "assistant"), "content": item.get("content") or str(item.get("arguments", ""))}


async def whole(engine: Engine, asked: Generation) -> Json:
    """The answer to a request without ``stream``."""
    made = await engine.whole(asked, chat=True)
    choice = made["choices"][0]
    return _response(asked, _output(asked, choice), made["usage"], complete=choice["finish_reason"] != "length")


async def stream(engine: Engine, asked: Generation) -> AsyncIterator[str]:
    """The answer as events, each with its type and a running number."""
    number = 0

    def event(kind: str, **more: Any) -> str:
        nonlocal number
        said = {"type": kind, "sequence_number": number} | more
        number += 1
        return f"event: {kind}\ndata: {json.dumps(said)}\n\n"

    begun = _response(asked, [], None, complete=None)
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    item = _item(asked, "")
    yield event("response.output_item.added", output_index=0, item=item | {"status": "in_progress"})
    place = {"item_id": item["id"], "output_index": 0}
    kind = "function_call_arguments" if asked.call else "output_text"
    at: Json = place if asked.call else place | {"content_index": 0, "logprobs": []}
    if not asked.call:
        yield event("response.content_part.added", **place, content_index=0, part=_text(""))
    said, reason = "", "stop"
    usage: Json = {}
    async for piece, tokens, ended in engine.pieces(asked):
        said, reason = said + piece, ended or reason
        usage = bodies.usage(asked.prompt_tokens, tokens)
        if piece:
            yield event(f"response.{kind}.delta", **at, delta=piece)
    whole_text: Json = {"arguments": said, "name": asked.call.name} if asked.call else {"text": said}
    yield event(f"response.{kind}.done", **at, **whole_text)
    if not asked.call:
        yield event("response.content_part.done", **place, content_index=0, part=_text(said))
    done = _item(asked, said)
    yield event("response.output_item.done", output_index=0, item=done)
    complete = reason != "length"
    final = _response(asked, [done], usage, complete=complete)
    yield event("response.completed" if complete else "response.incomplete", response=final)


def _response(asked: Generation, output: list[Json], usage: Json | None, *, complete: bool | None) -> Json:
    status = "in_progress" if complete is None else "completed" if complete else "incomplete"
    return {
        "id": asked.request_id,
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "model": asked.model,
        "output": output,
        "incomplete_details": {"reason": "max_output_tokens"} if complete is False else None,
        "error": None,
        "instructions": None,
        "metadata": None,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "top_p": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(usage) if usage else None,
    }


def _usage(usage: Json) -> Json:
    return {
        "input_tokens": usage["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage["total_tokens"],
    }


def _output(asked: Generation, choice: Json) -> list[Json]:
    message = choice["message"]
    calls = message["tool_calls"]
    return [_item(asked, calls[0]["function"]["arguments"] if calls else message["content"])]


def _item(asked: Generation, said: str) -> Json:
    ident = asked.request_id.rpartition("_")[2]
    if asked.call:
        call = {"name": asked.call.name, "arguments": said, "call_id": f"call_{ident}"}
        return {"id": f"fc_{ident}", "type": "function_call", "status": "completed"} | call
    message = {"role": "assistant", "content": [_text(said)] if said else []}
    return {"id": f"msg_{ident}", "type": "message", "status": "completed"} | message


def _text(said: str) -> Json:
    return {"type": "output_text", "text": said, "annotations": [], "logprobs": None}
