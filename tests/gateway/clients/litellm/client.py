"""LiteLLM as an application uses it, in an environment of its own; prints what it got as JSON."""

import json
import os
import sys

import litellm
import openai

URL, KEY, SLOW_KEY = (os.environ[name] for name in ("GATEWAY_URL", "GATEWAY_KEY", "GATEWAY_SLOW_KEY"))
HELLO = [{"role": "user", "content": "hello"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}]
litellm.suppress_debug_info = True


def chat(model: str = "qwen", key: str = KEY, **more: object) -> litellm.ModelResponse:
    """Chat by the provider for any server of the OpenAI API."""
    return litellm.completion(f"openai/{model}", HELLO, api_base=URL, api_key=key, **more)


def calls(answer: litellm.ModelResponse) -> list[list[object]]:
    """Return the name and the arguments of each tool call."""
    found = answer.choices[0].message.tool_calls
    return [[call.function.name, json.loads(call.function.arguments)] for call in found]


def failure(*given: str, **more: object) -> list[object]:
    """Return the class and the status of the error that a chat raises."""
    try:
        chat(*given, **more)
    except openai.APIStatusError as error:  # its own are derived from these
        return [type(error).__name__, error.status_code]
    return []


def main() -> None:
    """Call everything."""
    chunks = list(chat(stream=True, stream_options={"include_usage": True}))
    tools = list(chat(stream=True, tools=TOOLS))
    events = list(litellm.responses("hello", "openai/qwen", api_base=URL, api_key=KEY, stream=True))
    embedding = litellm.embedding("openai/dev/embed", input=["hello"], api_base=URL, api_key=KEY)
    whole = chat()
    found = {
        "chat": whole.choices[0].message.content,
        "usage": whole.usage.completion_tokens,
        "stream": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        "streamed_usage": [chunk.usage.completion_tokens for chunk in chunks if getattr(chunk, "usage", None)][-1],
        "tools": calls(chat(tools=TOOLS)),
        "streamed_tools": calls(litellm.stream_chunk_builder(tools)),
        "embedding": len(embedding.data[0]["embedding"]),
        "response": litellm.responses("hello", "openai/qwen", api_base=URL, api_key=KEY).output[0].content[0].text,
        "last_event": events[-1].type.value,
        "patient": [chat(key=SLOW_KEY, max_retries=5).choices[0].message.content for _ in range(3)],
        "wrong_key": failure("qwen", "sk-llm-wrong"),
        "unknown_model": failure("gpt-5"),
        "bad_request": failure(temperature=-1),
        "asleep": failure("dev/asleep", max_retries=0),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
