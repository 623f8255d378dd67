"""The `openai` package for JavaScript, and the AI SDK. Node comes with Playwright's package; npm brings the client, and must be installed."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import playwright
import pytest

from tests.gateway.clients.conftest import Gateway

HERE = Path(__file__).parent / "javascript"
NODE = Path(playwright.__file__).parent / "driver" / "node"
SAID = "emulator of vLLM"
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the client and the programs that use it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the JavaScript client cannot be installed")
    folder = tmp_path_factory.mktemp("javascript")
    for name in ("package.json", "package-lock.json", "client.mjs", "retry.mjs", "aisdk.mjs", "aisdk-retry.mjs"):
        shutil.copy(HERE / name, folder)
    # The versions and hashes of the lock file; no scripts of packages run.
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300)
    return folder


def printed(folder: Path, program: str, gateway: Gateway, key: str) -> str:
    """What a program printed."""
    variables = os.environ | gateway.variables | {"GATEWAY_KEY": key}
    done = subprocess.run(
        [NODE, program], cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(folder: Path, gateway: Gateway) -> dict[str, Any]:
    """What each call of the client gave."""
    said: dict[str, Any] = json.loads(printed(folder, "client.mjs", gateway, gateway.key))
    return said


def test_chat_and_models(found: dict[str, Any]) -> None:
    assert {"qwen", "dev/qwen"} <= set(found["models"])
    assert SAID in found["chat"]
    assert found["stream"] == found["chat"]


def test_tools(found: dict[str, Any]) -> None:
    for call in (found["tool"], found["streamedTool"]):
        assert (call["name"], json.loads(call["arguments"])) == ("weather", {"city": "emulated"})


def test_embeddings_and_responses(found: dict[str, Any]) -> None:
    assert found["embedding"] == 64
    assert SAID in found["response"]
    assert found["responseEvents"][-1] == "response.completed"


@pytest.mark.parametrize(
    ("what", "name", "status", "code"),
    [
        ("wrongKey", "AuthenticationError", 401, "invalid_api_key"),
        ("unknownModel", "NotFoundError", 404, "model_not_found"),
        ("badRequest", "BadRequestError", 400, 400),
        ("asleep", "InternalServerError", 503, "model_not_ready"),
    ],
)
def test_errors_are_the_clients_own(found: dict[str, Any], what: str, name: str, status: int, code: object) -> None:
    assert found[what] == {"name": name, "status": status, "code": code}


def test_retries_on_429(found: dict[str, Any]) -> None:
    assert found["patient"] == 3


@pytest.mark.parametrize("program", ["retry.mjs", "aisdk-retry.mjs"])
def test_a_retry_on_503_succeeds_after_the_wait_that_the_gateway_names(
    folder: Path, gateway: Gateway, program: str
) -> None:
    begun = time.monotonic()
    with gateway.refusing() as key:
        assert SAID in printed(folder, program, gateway, key)
    assert time.monotonic() - begun >= 5


@pytest.fixture(scope="module")
def sdk(folder: Path, gateway: Gateway) -> dict[str, Any]:
    """What each call of the AI SDK gave."""
    said: dict[str, Any] = json.loads(printed(folder, "aisdk.mjs", gateway, gateway.key))
    return said


def test_chat_stream_and_usage_of_the_ai_sdk(sdk: dict[str, Any]) -> None:
    assert SAID in sdk["chat"]
    assert sdk["stream"] == sdk["chat"]
    assert sdk["streamedUsage"] == sdk["usage"] > 10


def test_tools_and_embeddings_of_the_ai_sdk(sdk: dict[str, Any]) -> None:
    assert sdk["tool"] == sdk["streamedTool"] == [{"toolName": "weather", "input": {"city": "emulated"}}]
    assert sdk["embedding"] == 64


def test_errors_and_retries_of_the_ai_sdk(sdk: dict[str, Any]) -> None:
    assert [sdk[what]["status"] for what in ("wrongKey", "unknownModel", "badRequest", "asleep")] == [
        401,
        404,
        400,
        503,
    ]
    assert {sdk[what]["name"] for what in ("wrongKey", "unknownModel", "badRequest", "asleep")} == {"AI_APICallError"}
    assert sdk["unknownModel"]["message"].startswith("The model `gpt-5` does not exist")
    assert sdk["patient"] == ["length"] * 3
