"""The table of the documentation has the versions that the tests run."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from rehearsal.sandboxes import CHECKOUT
from tests.gateway.clients.conftest import release_of

PAGE = (CHECKOUT / "docs" / "gateway-clients.md").read_text()
HERE = Path(__file__).parent
LOCK = json.loads((HERE / "javascript" / "package-lock.json").read_text())


@pytest.mark.parametrize(
    ("client", "release"),
    [
        ("`openai`, Python", version("openai")),
        ("`openai`, JavaScript", LOCK["packages"]["node_modules/openai"]["version"]),
        ("`langchain-openai`", version("langchain-openai")),
        (
            "`llama-index-llms-openai-like`",
            release_of(HERE / "llamaindex" / "client.py", "llama-index-llms-openai-like"),
        ),
        ("`litellm`", release_of(HERE / "litellm" / "client.py", "litellm")),
        ("`pydantic-ai-slim`", release_of(HERE / "pydantic_ai" / "client.py", "pydantic-ai-slim")),
        ("`@ai-sdk/openai-compatible`", LOCK["packages"]["node_modules/@ai-sdk/openai-compatible"]["version"]),
    ],
)
def test_versions(client: str, release: str) -> None:
    assert f"| {client} | {release} |" in PAGE
