"""Processes of a test: started with their output in a file, ended by their id, waited for without a fixed time."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from workspace.ports import free_port

ROOT = Path(__file__).parents[3]
_PATIENCE = 240.0
"""Within so long a process listens on a busy machine; nothing waits longer than it takes."""


class Process:
    """One process; `kill` may be followed by `start`."""

    def __init__(self, command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.command, self.log = command, log
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of_module(cls, module: str, *arguments: str, log: Path, environment: Mapping[str, str] | None = None):
        return cls([sys.executable, "-m", module, *arguments], log, environment)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        assert not self.running
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, seconds: float = 20.0) -> int:
        """SIGTERM, then SIGKILL when it does not end; the exit code."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def tail(self) -> str:
        """The end of its output. Envoy prints its whole configuration before the mistake in it."""
        return self.log.read_text(errors="replace")[-800:] if self.log.exists() else ""


def until(
    what: str, condition: Callable[[], object], processes: tuple[Process, ...] = (), pause: float = 0.02
) -> object:
    """Wait until ``condition`` holds and return its value; the machine may be slow, a process may not end meanwhile."""
    end = time.monotonic() + _PATIENCE
    while True:
        found = condition()
        if found:
            return found
        for process in processes:
            assert process.running, f"{what}: {process.command[:4]} ended: {process.tail()}"
        tails = [process.tail() for process in processes]
        assert time.monotonic() < end, f"{what}: not within {_PATIENCE:.0f} s: {tails}"
        time.sleep(pause)


def free_ports(count: int) -> list[int]:
    """Different ports that nothing listens on, and that no other worker of this run is given before they are used."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    found: list[int] = []
    while len(found) < count:
        if (port := free_port()) % 4 == worker % 4:
            found.append(port)
    return found


def listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
