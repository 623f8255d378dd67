"""Reads of a stack: its state, its outputs, and the fingerprint of what an operation would act on."""

import json
from collections.abc import Mapping
from typing import Any

from portal.runner import fingerprint
from portal.runner.protocol import Fingerprint, Run, RunKind, RunnerError
from portal.runner.workspace import Workspace


def fingerprint_of(run: Run, workspace: Workspace) -> Fingerprint:
    """Return the fingerprint of what a run would act on now."""
    workspace.write_project()
    text = workspace.render(run.config, with_token=run.needs_hub_token)
    # Pulumi destroys from the state: neither the program nor its platform is asked.
    destroys = run.kind in {RunKind.DESTROY, RunKind.PREVIEW_DESTROY}
    exported = None if destroys else _platform_exports(workspace, run.platform)
    return fingerprint.take(workspace, run.platform, text, deployment(workspace), exported)


def _platform_exports(workspace: Workspace, platform: str) -> Mapping[str, Any]:
    try:
        return exports(workspace, secrets=False, stack=platform)
    except RunnerError as error:
        raise RunnerError(f"platform {platform} cannot be read: {error}") from None


def deployment(workspace: Workspace) -> Mapping[str, Any]:
    """Return the stack's state, its secrets encrypted."""
    exported = workspace.connection.read(workspace.folder, "stack", "export", "--stack", workspace.stack)
    state: Mapping[str, Any] = json.loads(exported)["deployment"]
    return state


def exports(workspace: Workspace, *, secrets: bool, stack: str | None = None) -> dict[str, Any]:
    """Return the outputs of the workspace's stack, or of another one; secrets in plain, or as ``[secret]``."""
    shown = ["--show-secrets"] if secrets else []
    arguments = ("stack", "output", "--json", *shown, "--stack", stack or workspace.stack)
    text = workspace.connection.read(workspace.folder, *arguments)
    exported: dict[str, Any] = json.loads(text)
    return exported


def resources(state: Mapping[str, Any]) -> int:
    """Return the number of resources in a state."""
    return len(state.get("resources") or ())
