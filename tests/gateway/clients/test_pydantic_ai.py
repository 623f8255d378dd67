"""Pydantic AI; 51 MB installed."""

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.clients.conftest import Gateway, printed_by

CLIENT = Path(__file__).parent / "pydantic_ai" / "client.py"
SAID = "emulator of vLLM"
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def found(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client printed."""
    return printed_by(CLIENT, gateway, tmp_path_factory.mktemp("pydantic-ai"))


def test_chat_and_stream(found: dict[str, Any]) -> None:
    assert SAID in found["chat"]
    assert found["chat"] == found["stream"]


def test_usage_of_a_stream_is_its_last_with_the_documented_setting(found: dict[str, Any]) -> None:
    assert found["usage"] == found["streamed_usage"] > 10


def test_tools(found: dict[str, Any]) -> None:
    assert found["tools"] == found["streamed_tools"] == [["weather", {"city": "emulated"}]]


def test_embeddings_and_responses(found: dict[str, Any]) -> None:
    assert found["embedding"] == 64
    assert SAID in found["response"]
    assert found["response"] == found["streamed_response"]


def test_errors_are_its_own(found: dict[str, Any]) -> None:
    assert found["wrong_key"] == 401
    assert found["unknown_model"] == 404
    assert found["bad_request"] == 400
    assert found["asleep"] == 503


def test_retries_on_429(found: dict[str, Any]) -> None:
    assert [SAID in each for each in found["patient"]] == [True] * 3
