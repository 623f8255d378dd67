"""What the file backend holds: stacks, their resources, their locks. Read directly, because it takes no second."""

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from rehearsal.sandbox import Sandbox
from rehearsal.stacks.project import project_name

_CLOCK_SLACK_SECONDS = 2.0


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
        return self.urn.rsplit("::", 1)[1]


@dataclass(frozen=True, kw_only=True)
class StackState:
    """A stack's latest checkpoint."""

    name: str
    resources: tuple[Resource, ...]
    pending: tuple[tuple[str, str], ...]
    salt: str | None

    def of_type(self, token: str) -> list[Resource]:
        """Resources of one type."""
        return [resource for resource in self.resources if resource.type == token]


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One lock file of a stack."""

    path: Path
    pid: int
    alive: bool
    text: str


def read(sandbox: Sandbox, stack: str) -> StackState | None:
    """The checkpoint of ``stack``, or None when the backend does not know it."""
    path = _stacks(sandbox) / f"{stack}.json"
    try:
        latest = json.loads(path.read_text())["checkpoint"].get("latest") or {}
    except FileNotFoundError:
        return None
    provider = latest.get("secrets_providers") or {}
    return StackState(
        name=stack,
        resources=tuple(_resource(entry) for entry in latest.get("resources") or ()),
        pending=tuple((entry["resource"]["urn"], entry["type"]) for entry in latest.get("pending_operations") or ()),
        salt=(provider.get("state") or {}).get("salt"),
    )


def stacks(sandbox: Sandbox) -> list[str]:
    """Names of the stacks in this sandbox."""
    folder = _stacks(sandbox)
    return sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []


def locks(sandbox: Sandbox, stack: str) -> list[Lock]:
    """The locks on ``stack``, living and dead."""
    folder = sandbox.state / ".pulumi" / "locks" / "organization" / project_name() / stack
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            data = json.loads(path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            continue  # removed, or not yet written, by its owner
        taken = datetime.fromisoformat(data["timestamp"]).timestamp()
        found.append(
            Lock(
                path=path,
                pid=data["pid"],
                alive=data["hostname"] != socket.gethostname() or _lived_at(data["pid"], taken),
                text=f"{data['username']}@{data['hostname']} (pid {data['pid']}) since {data['timestamp']}",
            )
        )
    return found


def remove_lock(lock: Lock) -> None:
    """Delete a dead lock and the metadata file beside it."""
    lock.path.unlink(missing_ok=True)
    lock.path.with_name(f"{lock.path.name}.attrs").unlink(missing_ok=True)


def _lived_at(pid: int, moment: float) -> bool:
    """Whether the process that has ``pid`` now is the one that had it at ``moment``."""
    if pid == os.getpid():
        return False
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= moment + _CLOCK_SLACK_SECONDS
    except psutil.NoSuchProcess:
        return False


def _stacks(sandbox: Sandbox) -> Path:
    return sandbox.state / ".pulumi" / "stacks" / project_name()


def _resource(entry: dict[str, Any]) -> Resource:
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
