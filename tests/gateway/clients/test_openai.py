"""The `openai` package for Python, with its defaults."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionToolParam
from openai.types.responses import FunctionToolParam

from tests.gateway.clients.conftest import ASLEEP, CHAT, EMBED, Gateway
from tests.gateway.support.processes import until

SAID = "emulator of vLLM"
PARAMETERS: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = ChatCompletionToolParam(type="function", function={"name": "weather", "parameters": PARAMETERS})


@pytest.fixture
def client(gateway: Gateway) -> Iterator[OpenAI]:
    """As a developer makes it: address and key, nothing else."""
    with OpenAI(base_url=gateway.url, api_key=gateway.key) as made:
        yield made


def test_models(client: OpenAI) -> None:
    assert {"qwen", "dev/qwen", "embed", "dev/embed"} <= {model.id for model in client.models.list()}


@pytest.mark.parametrize("model", [CHAT, "dev/qwen"])
def test_chat(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}])
    assert SAID in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_legacy_completion(client: OpenAI) -> None:
    answer = client.completions.create(model=CHAT, prompt="hello", max_tokens=3)
    assert answer.choices[0].finish_reason == "length"


def test_stream_with_and_without_usage(client: OpenAI) -> None:
    for more in ({}, {"stream_options": {"include_usage": True}}):
        stream = client.chat.completions.create(
            model=CHAT, messages=[{"role": "user", "content": "hello"}], stream=True, **more
        )
        chunks = list(stream)
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert SAID in said
        assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens > 10


def test_stream_that_is_left_is_counted(client: OpenAI, gateway: Gateway) -> None:
    key = gateway.table.key("leaver")
    with OpenAI(base_url=gateway.url, api_key=key) as leaver:
        stream = leaver.chat.completions.create(
            model=CHAT, messages=[{"role": "user", "content": "hello"}], stream=True, max_tokens=4000,
            extra_body={"ignore_eos": True},
        )  # fmt: skip
        for number, _ in enumerate(stream):
            if number == 5:
                break
        stream.close()
    until("usage is written", lambda: gateway.table.used("leaver").requests, pause=0.2)
    used = gateway.table.used("leaver")
    assert used.requests == 1
    assert 4 <= used.completion_tokens < 4000
    assert used.prompt_tokens > 0


def test_tools(client: OpenAI) -> None:
    question = {"role": "user", "content": "What is the weather in Rome?"}
    answer = client.chat.completions.create(model=CHAT, messages=[question], tools=[WEATHER])  # type: ignore[list-item]
    assert answer.choices[0].finish_reason == "tool_calls"
    call = answer.choices[0].message.tool_calls[0]  # type: ignore[index]
    assert json.loads(call.function.arguments) == {"city": "emulated"}  # type: ignore[union-attr]
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    messages = [question, answer.choices[0].message, result]
    after = client.chat.completions.create(model=CHAT, messages=messages, tools=[WEATHER])  # type: ignore[arg-type]
    assert after.choices[0].finish_reason == "stop"


def test_tools_streamed(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model=CHAT, messages=[{"role": "user", "content": "weather?"}], tools=[WEATHER]
    ) as stream:
        final = stream.get_final_completion()
    call = final.choices[0].message.tool_calls[0]  # type: ignore[index]
    assert json.loads(call.function.arguments) == {"city": "emulated"}


def test_embeddings(client: OpenAI) -> None:
    answer = client.embeddings.create(model=EMBED, input=["hello", "world", "hello"])
    first, second, third = (item.embedding for item in answer.data)
    assert first == third != second
    assert answer.usage.prompt_tokens == 6


def test_responses(client: OpenAI) -> None:
    answer = client.responses.create(model=CHAT, input="hello")
    assert SAID in answer.output_text
    events = list(client.responses.create(model=CHAT, input="hello", stream=True))
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == answer.output_text
    tool = FunctionToolParam(type="function", name="weather", parameters=PARAMETERS, strict=None)
    called = client.responses.create(model=CHAT, input="weather?", tools=[tool]).output[0]
    assert called.type == "function_call"
    assert called.name == "weather"


def test_errors_are_the_clients_own(gateway: Gateway, client: OpenAI) -> None:
    message = [{"role": "user", "content": "hello"}]
    with pytest.raises(openai.AuthenticationError) as refused:
        client.with_options(api_key="sk-llm-wrong").chat.completions.create(model=CHAT, messages=message)
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-5", messages=message)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="non-negative"):
        client.chat.completions.create(model=CHAT, messages=message, temperature=-1)
    with pytest.raises(openai.APIStatusError) as large:
        client.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": "x" * (2 << 20)}])
    assert large.value.status_code == 413


def test_retries_on_429_wait_as_long_as_the_gateway_says(gateway: Gateway) -> None:
    with OpenAI(base_url=gateway.url, api_key=gateway.slow_key, max_retries=4) as patient:
        begun = time.monotonic()
        for _ in range(4):
            patient.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": "x"}], max_tokens=1)
        assert time.monotonic() - begun > 2
        hasty, message = patient.with_options(max_retries=0), [{"role": "user", "content": "x"}]
        with ThreadPoolExecutor(8) as pool:
            sent = [
                pool.submit(hasty.chat.completions.create, model=CHAT, messages=message, max_tokens=1) for _ in range(8)
            ]
            refusals = [each.exception() for each in sent if each.exception()]
        # How many are refused depends on the clock.
        refused = refusals[0]
        assert isinstance(refused, openai.RateLimitError)
        assert refused.code == "rate_limit_exceeded"
        assert int(refused.response.headers["retry-after"]) >= 1
        assert refused.response.headers["x-ratelimit-limit-requests"]


def test_a_retry_on_503_succeeds_after_the_wait_that_the_gateway_names(gateway: Gateway) -> None:
    begun = time.monotonic()
    with gateway.refusing() as key, OpenAI(base_url=gateway.url, api_key=key) as client:
        answer = client.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": "hello"}])
    assert SAID in (answer.choices[0].message.content or "")
    assert time.monotonic() - begun >= 5


def test_a_503_that_lasts_is_the_clients_error(gateway: Gateway, client: OpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as refused:
        client.with_options(max_retries=0).chat.completions.create(
            model=ASLEEP, messages=[{"role": "user", "content": "x"}]
        )
    assert refused.value.status_code == 503
    assert int(refused.value.response.headers["retry-after"]) >= 1
