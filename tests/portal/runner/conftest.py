"""A program in a folder of its own, and a workspace of one of its stacks."""

from pathlib import Path

import pytest

from portal.runner.connection import Connection
from portal.runner.workspace import Workspace


@pytest.fixture
def program(tmp_path: Path) -> Path:
    root = tmp_path / "program"
    for path, text in {
        "Pulumi.yaml": "name: llm-platform\nruntime: {name: python, options: {virtualenv: .venv}}\n",
        "__main__.py": "",
        "uv.lock": "one",
        "settings/__init__.py": "",
        "settings/loading/stack.py": "x = 1",
        "portal/__init__.py": "",
        "policies/PulumiPolicy.yaml": "runtime: python",
        "policies/guardrails/a.py": "",
        "policies/config/dev.json": "{}",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.fixture
def workspace(program: Path, tmp_path: Path) -> Workspace:
    connection = Connection(
        program_dir=program,
        data_dir=tmp_path / "data",
        pulumi_root=None,
        environment={},
        secrets_provider="passphrase",
        hub_token="hf_token",
        plugins=({"name": "aws", "path": "/plugins/aws"},),
    )
    return Workspace(connection=connection, stack="dev-search")
