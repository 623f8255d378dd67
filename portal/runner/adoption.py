"""Taking over what an interrupted operation made in the cluster before Pulumi could note it.

pulumi-kubernetes makes an object with a POST, so one that a killed operation left behind fails the next one with "already
exists". Two environment variables, which the provider reads where its settings say nothing
(https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/), let one operation take such objects over. They
are set for the first update after a recovery that found such creations open, and never else: a name that belongs to
somebody must go on being refused.
"""

from collections.abc import Mapping
from typing import Any

from portal.runner.workspace import Workspace
from workspace.files import write_atomically
from workspace.stack_state import StackState

ENVIRONMENT = {"PULUMI_K8S_UPSERT_EXISTING_OBJECTS": "true", "PULUMI_K8S_ENABLE_PATCH_FORCE": "true"}
_MARK = "adopt"
_PREFIX = "kubernetes:"


def open_creations(state: Mapping[str, Any]) -> list[str]:
    """Names of the Kubernetes objects that an interrupted operation was making."""
    creating = StackState.of(state).creating
    return [operation.name for operation in creating if operation.resource_type.startswith(_PREFIX)]


def mark(workspace: Workspace, names: list[str]) -> None:
    """Let the next update of the stack take these objects over."""
    if names:
        write_atomically(workspace.folder / _MARK, "\n".join(names) + "\n")


def environment(workspace: Workspace) -> dict[str, str]:
    """Return the variables that Pulumi gets besides its usual environment."""
    return dict(ENVIRONMENT) if (workspace.folder / _MARK).exists() else {}


def done(workspace: Workspace) -> None:
    """The update went through."""
    (workspace.folder / _MARK).unlink(missing_ok=True)
