"""Pydantic AI as an agent's developer uses it, in an environment of its own; prints what it got as JSON."""

import asyncio
import json
import os
import sys

from openai import AsyncOpenAI
from pydantic_ai import Agent, Embedder, ModelSettings
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIChatModelSettings, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

URL, KEY, SLOW_KEY = (os.environ[name] for name in ("GATEWAY_URL", "GATEWAY_KEY", "GATEWAY_SLOW_KEY"))


def provider(key: str = KEY, retries: int = 2) -> OpenAIProvider:
    """Return the gateway as a provider; retries are those of its `openai` client."""
    return OpenAIProvider(openai_client=AsyncOpenAI(base_url=URL, api_key=key, max_retries=retries))


def agent(model: str = "qwen", **given: object) -> Agent:
    """Return an agent without tools."""
    return Agent(OpenAIChatModel(model, provider=provider(**given)))


async def failure(model: str = "qwen", settings: ModelSettings | None = None, **given: object) -> int:
    """Return the status of the error that a run raises."""
    try:
        await agent(model, **given).run("hello", model_settings=settings)
    except ModelHTTPError as error:
        return error.status_code
    return 0


async def streamed(model: OpenAIChatModel | OpenAIResponsesModel) -> tuple[str, int]:
    """Return the text of a stream, and its usage, of which each event has what there was until then."""
    settings = OpenAIChatModelSettings(openai_continuous_usage_stats=True)
    async with Agent(model).run_stream("hello", model_settings=settings) as stream:
        text = "".join([piece async for piece in stream.stream_text(delta=True)])
        return text, stream.usage.output_tokens


async def tools(*, stream: bool) -> list[list[object]]:
    """Return the calls of a tool that an agent makes, until it ends."""
    able = agent()
    seen = []

    @able.tool_plain
    def weather(city: str) -> str:
        """Get the weather of a city."""
        return f"sunny in {city}"

    if stream:
        async with able.run_stream("weather?") as result:
            await result.get_output()
            messages = result.all_messages()
    else:
        messages = (await able.run("weather?")).all_messages()
    for message in messages:
        seen += [[part.tool_name, part.args_as_dict()] for part in message.parts if isinstance(part, ToolCallPart)]
    return seen


async def main() -> None:
    """Call everything."""
    chat, response = OpenAIChatModel("qwen", provider=provider()), OpenAIResponsesModel("qwen", provider=provider())
    text, used = await streamed(chat)
    embedder = Embedder(OpenAIEmbeddingModel("dev/embed", provider=provider()))
    whole = await agent().run("hello")
    found = {
        "chat": whole.output,
        "usage": whole.usage.output_tokens,
        "stream": text,
        "streamed_usage": used,
        "tools": await tools(stream=False),
        "streamed_tools": await tools(stream=True),
        "embedding": len((await embedder.embed_query("hello")).embeddings[0]),
        "response": (await Agent(response).run("hello")).output,
        "streamed_response": (await streamed(response))[0],
        "patient": [(await agent(key=SLOW_KEY, retries=5).run("hello")).output for _ in range(3)],
        "wrong_key": await failure(key="sk-llm-wrong"),
        "unknown_model": await failure("gpt-5"),
        "bad_request": await failure(settings=ModelSettings(temperature=-1)),
        "asleep": await failure("dev/asleep", retries=0),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
