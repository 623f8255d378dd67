"""Processes told apart by pid *and* start time, and how the sandbox's processes are started and swept away."""

import ctypes
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from rehearsal.sandbox import ENVIRONMENT_VARIABLE

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
# What may stand in a person's environment and must not reach the sandbox: other clouds, other clusters, other backends.
_FOREIGN_PREFIXES = ("AWS_", "PULUMI_", "KUBE", "HELM_", "VLLM_", "HF_")
_FOREIGN_NAMES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "PYTHONPATH", "PYTHONHOME"}


@dataclass(frozen=True)
class ProcessIdentity:
    """One process for good: a pid alone comes back for another process sooner or later."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The process that has ``pid`` now, or None."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The running process, or None when it ended (a zombie counts as ended)."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) > 1 or process.status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        return process


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn`` after which the kernel sends ``how`` to the child when its parent thread ends."""
    parent = os.getpid()

    def arrange() -> None:
        if _LIBC.prctl(_PR_SET_PDEATHSIG, int(how)) != 0 or os.getppid() != parent:
            os._exit(1)

    return arrange


def environment(sandbox_root: Path) -> dict[str, str]:
    """The environment of every process of a sandbox: this one's, without what points outside, plus the sandbox."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN_PREFIXES) and name.lower() not in _FOREIGN_NAMES and name not in _FOREIGN_NAMES
    }
    return kept | {ENVIRONMENT_VARIABLE: str(sandbox_root), "PYTHONUNBUFFERED": "1"}


def with_environment(name: str, value: str) -> Iterator[psutil.Process]:
    """Processes of this user that were started with ``name=value``; never this process or an ancestor of it."""
    mine = {os.getpid(), *(ancestor.pid for ancestor in psutil.Process().parents())}
    for process in psutil.process_iter():
        if process.pid in mine:
            continue
        try:
            if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue


def end(processes: list[psutil.Process], grace: float = 5.0) -> list[psutil.Process]:
    """Terminate, wait, kill, wait. Returns what still runs after all that."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    _, left = psutil.wait_procs(processes, timeout=grace)
    for process in left:
        _signal(process, signal.SIGKILL)
    _, left = psutil.wait_procs(left, timeout=grace)
    return left


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
