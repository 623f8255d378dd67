"""What the supervisor says about its daemons: one small file, replaced atomically."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from rehearsal.sandbox import Sandbox
from workspace.files import write_atomically
from workspace.processes import ProcessIdentity

_FILE = "supervisor.json"


class State(StrEnum):
    """Where a daemon is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    BACKING_OFF = "backing-off"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class DaemonStatus:
    """One daemon, now."""

    name: str
    state: State
    process: ProcessIdentity | None
    restarts: int
    last_exit: int | None


@dataclass(frozen=True, kw_only=True)
class SandboxStatus:
    """The supervisor and its daemons, now."""

    supervisor: ProcessIdentity
    daemons: tuple[DaemonStatus, ...]

    @property
    def ready(self) -> bool:
        """Every daemon answers."""
        return all(daemon.state is State.READY for daemon in self.daemons)


def write(sandbox: Sandbox, status: SandboxStatus) -> None:
    """Replace the status file."""
    write_atomically(_path(sandbox), json.dumps(asdict(status), indent=1))


def read(sandbox: Sandbox) -> SandboxStatus | None:
    """The status of a running supervisor; None when none runs, whatever an old file says."""
    try:
        data = json.loads(_path(sandbox).read_text())
    except FileNotFoundError:
        return None
    status = SandboxStatus(
        supervisor=ProcessIdentity(**data["supervisor"]),
        daemons=tuple(
            DaemonStatus(
                name=entry["name"],
                state=State(entry["state"]),
                process=ProcessIdentity(**entry["process"]) if entry["process"] else None,
                restarts=entry["restarts"],
                last_exit=entry["last_exit"],
            )
            for entry in data["daemons"]
        ),
    )
    return status if status.supervisor.process() is not None else None


def _path(sandbox: Sandbox) -> Path:
    return sandbox.root / _FILE
