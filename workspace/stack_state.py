"""State of a stack: its resources and the operations that were interrupted, from a deployment of the engine.

``pulumi stack export`` and a checkpoint of the file backend hold the same object (``apitype.DeploymentV3``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from workspace import encryption

CREATING = "creating"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a stack's state."""

    urn: str
    type: str
    id: str
    custom: bool
    protect: bool
    retained: bool
    pending_delete: bool
    inputs: dict[str, Any]
    outputs: dict[str, Any]

    @property
    def name(self) -> str:
        """The last part of the URN."""
        return name_in(self.urn)


@dataclass(frozen=True, kw_only=True)
class PendingOperation:
    """An operation that was under way when the engine was cut off: its type, such as ``creating``, and resource."""

    urn: str
    resource_type: str
    type: str

    @property
    def name(self) -> str:
        """The last part of the URN."""
        return name_in(self.urn)


@dataclass(frozen=True, kw_only=True)
class StackState:
    """What a deployment holds."""

    resources: tuple[Resource, ...]
    pending: tuple[PendingOperation, ...]
    encryption: dict[str, Any]
    """Keys for the stack file; see ``workspace.encryption``."""

    @classmethod
    def of(cls, deployment: Mapping[str, Any]) -> Self:
        """Read a deployment."""
        return cls(
            resources=tuple(_resource(entry) for entry in deployment.get("resources") or ()),
            pending=tuple(_pending(entry) for entry in deployment.get("pending_operations") or ()),
            encryption=encryption.in_state(deployment),
        )

    def of_type(self, token: str) -> list[Resource]:
        """Resources of one type."""
        return [resource for resource in self.resources if resource.type == token]

    @property
    def creating(self) -> list[PendingOperation]:
        """Creations that were cut off: their resource may exist without being in the state."""
        return [operation for operation in self.pending if operation.type == CREATING]


def name_in(urn: str) -> str:
    """Return a resource's name: the last part of its URN."""
    return urn.rsplit("::", 1)[-1]


def _pending(entry: Mapping[str, Any]) -> PendingOperation:
    resource = entry["resource"]
    return PendingOperation(urn=resource["urn"], resource_type=resource.get("type", ""), type=entry["type"])


def _resource(entry: Mapping[str, Any]) -> Resource:
    return Resource(
        urn=entry["urn"],
        type=entry["type"],
        id=entry.get("id", ""),
        custom=entry["custom"],
        protect=entry.get("protect", False),
        retained=entry.get("retainOnDelete", False),
        pending_delete=entry.get("delete", False),
        inputs=entry.get("inputs") or {},
        outputs=entry.get("outputs") or {},
    )
