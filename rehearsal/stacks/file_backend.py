"""What the file backend holds: stacks, their resources, their locks. Read directly, because it takes no second."""

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rehearsal.sandbox import Sandbox
from rehearsal.stacks.project import project_name
from workspace.processes import has_run_since
from workspace.stack_state import StackState


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
    return StackState.of(latest)


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
                alive=data["hostname"] != socket.gethostname() or _is_held(data["pid"], taken),
                text=f"{data['username']}@{data['hostname']} (pid {data['pid']}) since {data['timestamp']}",
            )
        )
    return found


def remove_lock(lock: Lock) -> None:
    """Delete a dead lock and the metadata file beside it."""
    lock.path.unlink(missing_ok=True)
    lock.path.with_name(f"{lock.path.name}.attrs").unlink(missing_ok=True)


def _is_held(pid: int, taken: float) -> bool:
    return pid != os.getpid() and has_run_since(pid, taken)


def _stacks(sandbox: Sandbox) -> Path:
    return sandbox.state / ".pulumi" / "stacks" / project_name()
