"""LiteLLM as a library; 256 MB installed."""

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.clients.conftest import Gateway, printed_by

CLIENT = Path(__file__).parent / "litellm" / "client.py"
SAID = "emulator of vLLM"
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def found(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client printed; it does not look for prices of models on the web."""
    return printed_by(CLIENT, gateway, tmp_path_factory.mktemp("litellm"), LITELLM_LOCAL_MODEL_COST_MAP="True")


def test_chat_and_stream(found: dict[str, Any]) -> None:
    assert SAID in found["chat"]
    assert found["chat"] == found["stream"]
    assert found["usage"] == found["streamed_usage"]


def test_tools(found: dict[str, Any]) -> None:
    assert found["tools"] == found["streamed_tools"] == [["weather", {"city": "emulated"}]]


def test_embeddings_and_responses(found: dict[str, Any]) -> None:
    assert found["embedding"] == 64
    assert SAID in found["response"]
    assert found["last_event"] == "response.completed"


def test_errors_are_its_own(found: dict[str, Any]) -> None:
    assert found["wrong_key"] == ["AuthenticationError", 401]
    assert found["unknown_model"] == ["NotFoundError", 404]
    assert found["bad_request"] == ["BadRequestError", 400]
    assert found["asleep"] == ["ServiceUnavailableError", 503]


def test_retries_on_429(found: dict[str, Any]) -> None:
    assert [SAID in each for each in found["patient"]] == [True] * 3
