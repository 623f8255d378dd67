"""`langchain-openai`: ChatOpenAI and OpenAIEmbeddings."""

from collections.abc import Iterator

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from tests.gateway.clients.conftest import CHAT, EMBED, Gateway

SAID = "emulator of vLLM"
# It warns of its own parts.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Its own client leaves sockets to the garbage collector, which warns of them in another test."""
    with httpx.Client() as client:
        yield client


@pytest.fixture
def chat(gateway: Gateway, http: httpx.Client) -> ChatOpenAI:
    """A chat model with address and key."""
    return ChatOpenAI(base_url=gateway.url, api_key=gateway.key, model=CHAT, http_client=http)  # type: ignore[arg-type]


def test_chat_and_stream(chat: ChatOpenAI) -> None:
    answer = chat.invoke("hello")
    assert SAID in answer.text
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] > 10
    whole = None
    for chunk in chat.stream("hello"):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    assert whole.text == answer.text


def test_tools(chat: ChatOpenAI) -> None:
    able = chat.bind_tools([weather])
    answer = able.invoke("weather?")
    assert isinstance(answer, AIMessage)
    call = answer.tool_calls[0]
    assert (call["name"], call["args"]) == ("weather", {"city": "emulated"})
    result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
    assert SAID in able.invoke([("user", "weather?"), answer, result]).text
    streamed = None
    for chunk in able.stream("weather?"):
        streamed = chunk if streamed is None else streamed + chunk
    assert streamed.tool_calls[0]["args"] == {"city": "emulated"}  # type: ignore[union-attr]


def test_responses(gateway: Gateway, http: httpx.Client) -> None:
    chat = ChatOpenAI(base_url=gateway.url, api_key=gateway.key, model=CHAT, http_client=http, use_responses_api=True)  # type: ignore[arg-type]
    answer = chat.invoke("hello")
    assert SAID in answer.text
    whole = None
    for chunk in chat.stream("hello"):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    assert SAID in whole.text
    assert whole.usage_metadata is not None
    assert answer.usage_metadata is not None
    # Of a chat's stream it adds up the usage of all events.
    assert whole.usage_metadata["output_tokens"] == answer.usage_metadata["output_tokens"]


def test_embeddings(gateway: Gateway, http: httpx.Client) -> None:
    # Its default cuts texts by OpenAI's tokenizer, which it downloads; vLLM cuts nothing and needs none of that.
    embeddings = OpenAIEmbeddings(
        base_url=gateway.url,
        api_key=gateway.key,
        model=EMBED,
        http_client=http,
        check_embedding_ctx_length=False,  # type: ignore[arg-type]
    )
    first, second = embeddings.embed_documents(["hello", "world"])
    assert first == embeddings.embed_query("hello") != second


def test_errors_and_retries(gateway: Gateway, http: httpx.Client) -> None:
    slow = ChatOpenAI(base_url=gateway.url, api_key=gateway.slow_key, model=CHAT, http_client=http, max_retries=4)  # type: ignore[arg-type]
    assert all(SAID in slow.invoke("hello").text for _ in range(3))
    wrong = ChatOpenAI(base_url=gateway.url, api_key="sk-llm-wrong", model=CHAT, http_client=http)  # type: ignore[arg-type]
    with pytest.raises(openai.AuthenticationError):
        wrong.invoke("hello")
    with pytest.raises(openai.NotFoundError):
        ChatOpenAI(base_url=gateway.url, api_key=gateway.key, model="gpt-5", http_client=http).invoke("hello")  # type: ignore[arg-type]
