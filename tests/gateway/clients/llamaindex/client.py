"""LlamaIndex as an agent's developer uses it, in an environment of its own; prints what it got as JSON."""

import json
import os
import sys

import openai
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike

URL, KEY, SLOW_KEY = (os.environ[name] for name in ("GATEWAY_URL", "GATEWAY_KEY", "GATEWAY_SLOW_KEY"))
HELLO = [ChatMessage(role="user", content="hello")]


def weather(city: str) -> str:
    """Get the weather of a city."""
    return f"sunny in {city}"


def model(name: str = "qwen", key: str = KEY, **more: object) -> OpenAILike:
    """Return a chat model that can call functions."""
    return OpenAILike(model=name, api_base=URL, api_key=key, is_chat_model=True, is_function_calling_model=True, **more)


def failure(llm: OpenAILike) -> list[object]:
    """Return the class and the status of the error that a chat raises."""
    try:
        llm.chat(HELLO)
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code]
    return []


def main() -> None:
    """Call everything."""
    llm, tool = model(), FunctionTool.from_defaults(weather)
    asked = llm.chat_with_tools([tool], user_msg="weather?")
    calls = llm.get_tool_calls_from_response(asked)
    streamed = list(llm.stream_chat_with_tools([tool], user_msg="weather?"))[-1]
    slow = model(key=SLOW_KEY, max_retries=5)
    found = {
        "chat": llm.chat(HELLO).message.content,
        "complete": llm.complete("hello").text,
        "stream": list(llm.stream_chat(HELLO))[-1].message.content,
        "tools": [[call.tool_name, call.tool_kwargs] for call in calls],
        "streamed_tools": [[call.tool_name, call.tool_kwargs] for call in llm.get_tool_calls_from_response(streamed)],
        "patient": [slow.chat(HELLO).message.content for _ in range(3)],
        "wrong_key": failure(model(key="sk-llm-wrong")),
        "unknown_model": failure(model("gpt-5")),
        "asleep": failure(model("dev/asleep", max_retries=0)),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
