"""LlamaIndex, whose `openai` is an older one than the tests'; 195 MB installed."""

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.clients.conftest import Gateway, printed_by

CLIENT = Path(__file__).parent / "llamaindex" / "client.py"
SAID = "emulator of vLLM"
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def found(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client printed."""
    return printed_by(CLIENT, gateway, tmp_path_factory.mktemp("llamaindex"))


def test_chat_and_stream(found: dict[str, Any]) -> None:
    assert SAID in found["chat"]
    assert found["chat"] == found["complete"] == found["stream"]


def test_tools(found: dict[str, Any]) -> None:
    assert found["tools"] == found["streamed_tools"] == [["weather", {"city": "emulated"}]]


def test_errors_are_those_of_openai(found: dict[str, Any]) -> None:
    assert found["wrong_key"] == ["AuthenticationError", 401]
    assert found["unknown_model"] == ["NotFoundError", 404]
    assert found["asleep"] == ["InternalServerError", 503]


def test_retries_on_429(found: dict[str, Any]) -> None:
    assert all(SAID in each for each in found["patient"])
    assert len(found["patient"]) == 3
