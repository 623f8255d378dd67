"""What becomes of a model's answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from portal.errors import ConflictError
from portal.operations.playground import PlaygroundClient
from portal.operations.stack_outputs import Key

KEY = Key(url="http://qwen.invalid", value="sk")


def answered(body: Any) -> str:
    """What a question comes to when the model answers so."""

    async def sent() -> AsyncIterator[bytes]:
        yield json.dumps(body).encode()

    async def ask() -> str:
        chats = PlaygroundClient()
        chats._client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=sent())))
        try:
            return await chats.ask("qwen", "qwen", KEY, "hi")
        finally:
            await chats.close()

    return asyncio.run(ask())


def choice(content: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content, "reasoning": "Let me think"}}]}


@pytest.mark.parametrize("text", ["Hello", ""])
def test_the_text_is_the_answer(text: str):
    assert answered(choice(text)) == text


def test_a_model_that_only_thought_gave_no_text():
    with pytest.raises(ConflictError, match="qwen gave no text within 512 tokens"):
        answered(choice(None))


@pytest.mark.parametrize("body", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": None}])
def test_what_is_no_answer_is_said_so(body: Any):
    with pytest.raises(ConflictError, match="qwen cannot be reached"):
        answered(body)
