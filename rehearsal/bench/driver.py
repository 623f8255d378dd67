"""``rehearse`` run as people run it, by tests and measurements: a process, its exit code, its events."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.workspace import events
from rehearsal.world import World, WorldError
from rehearsal.worlds import CHECKOUT, existing, find


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one ``rehearse`` ended."""

    code: int
    seconds: float
    events: list[events.Event]
    stderr: str

    @property
    def changes(self) -> dict[str, list[str]]:
        """URNs by operation, of what was not left as it was."""
        return events.changes(self.events)

    def check(self) -> "Result":
        """Return this result if the operation succeeded.

        Raises:
            WorldError: it did not; the message has the engine's errors.
        """
        if self.code != 0:
            reasons = "\n".join(events.errors(self.events))
            raise WorldError(f"rehearse ended with {self.code}\n{reasons}\n{self.stderr[-2000:]}")
        return self


@dataclass(kw_only=True)
class Rehearsal:
    """One world, driven from outside."""

    name: str
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world.

        Raises:
            WorldError: it does not exist yet.
        """
        return existing(self.name)

    def start(self, operation: str, stack: str, *arguments: str) -> subprocess.Popen[str]:
        """Start an operation whose events come on standard output."""
        command = [sys.executable, "-m", "rehearsal.cli", operation, "--stack", stack, "--world", self.name, "--json"]
        if operation in ("up", "preview") and stack in self.files:
            command += ["--stack-file", str(self.files[stack])]
        return subprocess.Popen(
            [*command, *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, operation: str, stack: str, *arguments: str) -> Result:
        """Run an operation to its end."""
        began = time.monotonic()
        process = self.start(operation, stack, *arguments)
        return finish(process, began)

    def down(self) -> None:
        """Take the world away."""
        if find(self.name) is None:
            return
        subprocess.run(
            [sys.executable, "-m", "rehearsal.cli", "down", "--world", self.name],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
        )


def finish(process: subprocess.Popen[str], began: float) -> Result:
    """Wait for a started operation and collect what it said."""
    try:
        stdout, stderr = process.communicate(timeout=580)
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        raise
    return Result(
        code=process.returncode,
        seconds=time.monotonic() - began,
        events=[_event(line) for line in stdout.splitlines()],
        stderr=stderr,
    )


def _event(line: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(line)
    return event
