"""The table of the documentation has the versions that the tests run."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from rehearsal.sandboxes import CHECKOUT

PAGE = (CHECKOUT / "docs" / "gateway-clients.md").read_text()
LOCK = json.loads((Path(__file__).parent / "javascript" / "package-lock.json").read_text())


@pytest.mark.parametrize(
    ("client", "release"),
    [
        ("`openai`, Python", version("openai")),
        ("`openai`, JavaScript", LOCK["packages"]["node_modules/openai"]["version"]),
        ("`langchain-openai`", version("langchain-openai")),
    ],
)
def test_versions(client: str, release: str) -> None:
    assert f"| {client} | {release} |" in PAGE
