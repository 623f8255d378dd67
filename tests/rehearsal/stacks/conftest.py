"""A checkout of three files and a sandbox in it, without any process."""

from pathlib import Path

import pytest
import yaml

from rehearsal import sandboxes
from rehearsal.sandbox import Sandbox
from rehearsal.stacks import project, stack_file

DEV = {
    "config": {
        "platform:owner": "ml",
        "platform:cluster": {"api_access": {"public_cidrs": []}, "admins": []},
        "platform:services": {
            "small": {"model": "Qwen/Qwen3-8B", "weights": {"source": "hub", "size_gib": 16}},
        },
    }
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: platform\nruntime:\n  name: python\n  options: {virtualenv: .venv}\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(DEV))
    for module in (sandboxes, project, stack_file):
        monkeypatch.setattr(module, "CHECKOUT", folder)
    return folder


@pytest.fixture
def sandbox(checkout: Path) -> Sandbox:
    return sandboxes.open_or_create("default")[0]


@pytest.fixture
def settings():
    """A fresh copy of the platform stack's document."""
    return lambda: yaml.safe_load(yaml.safe_dump(DEV))


@pytest.fixture
def backend(sandbox: Sandbox):
    """Writes a checkpoint as the file backend has it."""
    import json

    def write(stack: str, resources: list[dict], pending: list[dict] | None = None, salt: str = "v1:salt") -> None:
        folder = sandbox.state / ".pulumi" / "stacks" / "platform"
        folder.mkdir(parents=True, exist_ok=True)
        latest = {
            "resources": resources,
            "pending_operations": pending or [],
            "secrets_providers": {"type": "passphrase", "state": {"salt": salt}},
        }
        (folder / f"{stack}.json").write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))

    return write
