"""``rehearse`` run as people run it, by tests and measurements: a process, its exit code, its events."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rehearsal.sandbox import Sandbox, SandboxError
from rehearsal.sandboxes import CHECKOUT, existing, find
from rehearsal.stacks import events

_PATIENCE_SECONDS = 580


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one ``rehearse`` ended."""

    code: int
    seconds: float
    events: list[events.RawEvent]
    stderr: str

    @property
    def changes(self) -> dict[str, list[str]]:
        """URNs by operation, of what was not left as it was."""
        return events.changes(self.events)

    def check(self) -> "Result":
        """Return this result if the operation succeeded.

        Raises:
            SandboxError: it did not; the message has the engine's errors.
        """
        if self.code != 0:
            reasons = "\n".join([*events.errors(self.events), *events.violations(self.events)])
            raise SandboxError(f"rehearse ended with {self.code}\n{reasons}\n{self.stderr[-2000:]}")
        return self


class Running:
    """A started ``rehearse``; its output goes to files, for a pipe that is not read would stop it when full."""

    def __init__(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        self._began = time.monotonic()
        self._stdout = tempfile.TemporaryFile("w+")  # noqa: SIM115 - finish closes them
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=os.environ | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            stderr=self._stderr,
            start_new_session=True,
        )

    def finish(self) -> Result:
        """Wait for the end and collect what was said.

        Raises:
            subprocess.TimeoutExpired: it did not end in time; it was then told to.
        """
        with self._stdout, self._stderr:
            try:
                self.process.wait(_PATIENCE_SECONDS)
            except BaseException:
                os.killpg(self.process.pid, signal.SIGTERM)
                raise
            seconds = time.monotonic() - self._began
            stdout, stderr = (_text(file) for file in (self._stdout, self._stderr))
        said = [_event(line) for line in stdout.splitlines()]
        return Result(code=self.process.returncode, seconds=seconds, events=said, stderr=stderr)


@dataclass(kw_only=True)
class Rehearsal:
    """One sandbox, driven from outside."""

    name: str
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox.

        Raises:
            SandboxError: it does not exist yet.
        """
        return existing(self.name)

    def start(
        self, operation: str, stack: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "Running":
        """Start an operation whose events are collected; ``environment`` comes on top of this process's own."""
        command = [sys.executable, "-m", "rehearsal.cli", operation, "--stack", stack, "--sandbox", self.name, "--json"]
        if operation in ("up", "preview") and stack in self.files:
            command += ["--stack-file", str(self.files[stack])]
        return Running([*command, *arguments], environment)

    def run(self, operation: str, stack: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Result:
        """Run an operation to its end."""
        return self.start(operation, stack, *arguments, environment=environment).finish()

    def down(self) -> None:
        """Take the sandbox away."""
        if find(self.name) is None:
            return
        subprocess.run(
            [sys.executable, "-m", "rehearsal.cli", "down", "--sandbox", self.name],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
        )


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _event(line: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(line)
    return event
