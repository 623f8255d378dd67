"""LlamaIndex, whose `openai` is an older one than the tests': in an environment of its own, which uv makes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.archive.packages import find_uv
from tests.gateway.clients.conftest import Gateway

HERE = Path(__file__).parent / "llamaindex"
REQUIREMENTS = HERE / "requirements.txt"
"""Every package, by `uv pip compile`; 195 MB installed."""
SAID = "emulator of vLLM"
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def found(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the client printed."""
    folder = tmp_path_factory.mktemp("llamaindex")
    python = folder / "env" / "bin" / "python"
    uv = find_uv()
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "env"], check=True)
    install = (uv, "pip", "install", "--quiet", "--python", python, "--requirements", REQUIREMENTS)
    subprocess.run(install, check=True, timeout=600)
    keys = {"GATEWAY_URL": gateway.url, "GATEWAY_KEY": gateway.key, "GATEWAY_SLOW_KEY": gateway.slow_key}
    done = subprocess.run(
        [python, HERE / "client.py"],
        cwd=folder,
        env=os.environ | keys,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


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


def test_the_version_is_that_of_the_table() -> None:
    [release] = re.findall(r"^llama-index-llms-openai-like==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE)
    page = (HERE.parents[3] / "docs" / "gateway-clients.md").read_text()
    assert f"| `llama-index-llms-openai-like` | {release} |" in page
