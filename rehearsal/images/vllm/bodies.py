"""Parts of the answers: choices, events, usage."""

import json
from typing import Any

from rehearsal.images.vllm import text
from rehearsal.images.vllm.requests import Generation
from rehearsal.images.vllm.tools import Call

Json = dict[str, Any]


def choice(index: int, made: text.Generated, asked: Generation, *, chat: bool, echo: str) -> Json:
    """One choice of a whole answer."""
    end = {"logprobs": None, "finish_reason": finish(made, asked.call), "stop_reason": made.stop_reason}
    if not chat:
        return {"index": index, "text": echo + made.text} | end
    said: Json = {"role": "assistant", "content": made.text, "refusal": None, "tool_calls": [], "reasoning": None}
    if asked.call:
        said |= {
            "content": None,
            "tool_calls": [_tool_call(asked, index) | {"function": _function(asked.call, made.text)}],
        }
    return {"index": index, "message": said} | end


def deltas(index: int, made: text.Generated, asked: Generation, *, chat: bool) -> list[Json]:
    """What each token of a choice adds to a stream."""
    if not chat:
        return [{"text": piece} for piece in made.pieces]
    if not asked.call:
        return [{"delta": {"content": piece}} for piece in made.pieces]
    parts: list[Json] = [{"index": 0, "function": {"arguments": piece}} for piece in made.pieces]
    # The first part names the function, as vLLM's parsers have it.
    if parts:
        parts[0] |= _tool_call(asked, index)
        parts[0]["function"] = _function(asked.call, made.pieces[0])
    return [{"delta": {"tool_calls": [part | {"index": 0}]}} for part in parts]


def finish(made: text.Generated, call: Call | None) -> str:
    """The reason a choice ended: ``tool_calls`` for a call by the model's choice, ``stop`` for a named one."""
    return "tool_calls" if call and not call.named and made.finish_reason == "stop" else made.finish_reason


def event(body: Json) -> str:
    """One server-sent event."""
    return f"data: {json.dumps(body)}\n\n"


def usage(prompt_tokens: int, tokens: int) -> Json:
    """The object ``usage``."""
    return {
        "prompt_tokens": prompt_tokens,
        "total_tokens": prompt_tokens + tokens,
        "completion_tokens": tokens,
        "prompt_tokens_details": None,
    }


def _tool_call(asked: Generation, index: int) -> Json:
    return {"id": f"chatcmpl-tool-{asked.request_id.rpartition('-')[2][:16]}{index}", "type": "function"}


def _function(call: Call, arguments: str) -> Json:
    return {"name": call.name, "arguments": arguments}
