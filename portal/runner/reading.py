"""What can be read of a stack: its state, its exports, and so what an operation would act on."""

import json
from collections.abc import Mapping
from typing import Any

from portal.runner import fingerprint
from portal.runner.protocol import Fingerprint, Run
from portal.runner.workspace import Workspace


def fingerprint_of(run: Run, workspace: Workspace) -> Fingerprint:
    """What a run would act on now."""
    workspace.write_project()
    text = workspace.render(run.config, with_token=run.needs_hub_token)
    return fingerprint.take(workspace.connection, run.platform, text, deployment(workspace))


def deployment(workspace: Workspace) -> Mapping[str, Any]:
    """The stack's state, its secrets encrypted."""
    exported = workspace.connection.read(workspace.folder, "stack", "export", "--stack", workspace.stack)
    state: Mapping[str, Any] = json.loads(exported)["deployment"]
    return state


def exports(workspace: Workspace, *, secrets: bool) -> dict[str, Any]:
    """What the stack exports; secrets in plain, or as ``[secret]``."""
    shown = ["--show-secrets"] if secrets else []
    text = workspace.connection.read(workspace.folder, "stack", "output", "--json", *shown, "--stack", workspace.stack)
    exported: dict[str, Any] = json.loads(text)
    return exported


def resources(state: Mapping[str, Any]) -> int:
    """How many resources a state has."""
    return len(state.get("resources") or ())
