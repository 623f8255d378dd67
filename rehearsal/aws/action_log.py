"""Log of the IAM actions that the program and its plugins need: one a line, in ``aws/actions.log`` of the sandbox."""

import threading
from pathlib import Path

from rehearsal.aws.actions import action_of
from rehearsal.sandbox import Sandbox


class ActionLog:
    """Writer of each action once a process; several processes can write the file at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: set[str] = set()

    def note(self, service: str, operation: str) -> None:
        """Log the action of an operation that is about to be called."""
        action = action_of(service, operation)
        with self._lock:
            if action in self._known:
                return
            self._known.add(action)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # One short write at the end of the file: lines of other processes are not torn.
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(f"{action}\n")


def log_of(sandbox: Sandbox) -> Path:
    """Return the file of a sandbox's actions."""
    return sandbox.aws / "actions.log"


def logged_actions(sandbox: Sandbox) -> list[str]:
    """Return every action that was called in a sandbox so far, sorted."""
    path = log_of(sandbox)
    return sorted(set(path.read_text(encoding="utf-8").split())) if path.exists() else []
