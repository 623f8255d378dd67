"""Processes: identified by pid and start time, found by a variable of their environment, ended."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import psutil

_SAME_START_SECONDS = 1.0
"""Start times read from the kernel differ by its clock's adjustments."""
_CLOCK_SLACK_SECONDS = 2.0
_EXEC_PAUSES = (0.0, 0.01, 0.05, 0.25, 1.0, 4.0)
"""Linux shows an empty environment within ``execve``, and the parent goes on before that ended: look again.

A busy machine may leave a process there for long, a slow disk too.
"""


@dataclass(frozen=True)
class ProcessIdentity:
    """One process for good: the kernel gives a pid alone to another process sooner or later.

    Attributes:
        pid: Process id.
        started: Its start, in seconds since the epoch.
    """

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """Return the process that has ``pid`` now, or None."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """Return the running process, or None once it ended; a zombie counts as ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= _SAME_START_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def has_run_since(pid: int, moment: float) -> bool:
    """Return whether the process that has ``pid`` now had it at ``moment``, in seconds since the epoch, already."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= moment + _CLOCK_SLACK_SECONDS
    except psutil.NoSuchProcess:
        return False


def with_environment(name: str, value: str) -> Iterator[psutil.Process]:
    """Find processes of this user that were started with ``name=value``; never this process or an ancestor of it."""
    mine = {os.getpid(), *(ancestor.pid for ancestor in psutil.Process().parents())}
    yield from _started_with(name, value, (process for process in psutil.process_iter() if process.pid not in mine))


def has_environment(process: psutil.Process, name: str, value: str) -> bool:
    """Return whether a process runs and was started with ``name=value``; False where its environment cannot be read."""
    return any(_started_with(name, value, [process]))


def _started_with(name: str, value: str, processes: Iterable[psutil.Process]) -> Iterator[psutil.Process]:
    for pause in _EXEC_PAUSES:
        time.sleep(pause)
        within_exec = []
        for process in processes:
            try:
                environment = process.environ()
                if environment.get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                    yield process
                elif not environment and _within_exec(process):
                    within_exec.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
                continue
        if not within_exec:
            return
        processes = within_exec


def _within_exec(process: psutil.Process) -> bool:
    """Whether a process shows no arguments either; a thread of the kernel, which never has any, has no program."""
    return not process.cmdline() and bool(process.exe())


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    """Send a signal to each process that still runs."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def end(processes: list[psutil.Process], grace: float = 5.0) -> list[psutil.Process]:
    """Terminate, wait ``grace`` seconds, kill, wait as long again. Returns the processes that still run."""
    send(processes, signal.SIGTERM)
    _, left = psutil.wait_procs(processes, timeout=grace)
    send(left, signal.SIGKILL)
    _, left = psutil.wait_procs(left, timeout=grace)
    return left
