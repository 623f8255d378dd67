"""The processes a language host owns, each with its own process group, none of which outlives the host or the engine."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")
_GRACE_SECONDS = 2.0


def guarded(command: Sequence[str]) -> list[str]:
    """``command`` so that the kernel kills it as soon as the thread that starts it ends, and with it this process."""
    return [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), *command]


class Child:
    """One started process: its owner has to `wait` for it; any thread may `stop` it."""

    def __init__(
        self, command: Sequence[str], *, directory: str, environment: Mapping[str, str], captured: bool = False
    ) -> None:
        pipe = subprocess.PIPE if captured else None
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.stopped = False
        # Blocked until the guard ignores it: an interpreter that is interrupted while it starts prints a traceback.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process = subprocess.Popen(
                guarded(command),
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                process_group=0,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def streams(self) -> tuple[BufferedReader, BufferedReader]:
        """Standard output and standard error of a captured process."""
        out, err = self._process.stdout, self._process.stderr
        if not isinstance(out, BufferedReader) or not isinstance(err, BufferedReader):
            raise TypeError("the process was not started with captured=True")
        return out, err

    def wait(self) -> int:
        """The exit code, negative for a signal; whatever is left of the process group is killed."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        # Not reaped yet, so the group's number cannot belong to anybody else.
        self._send(os.killpg, signal.SIGKILL)
        with self._lock:
            code = self._process.wait()
            self._ended.set()
        return code

    def stop(self, gently: signal.Signals) -> None:
        """Ask the process to end by signal ``gently``; kill its group when it did, or when the grace is over."""
        self.stopped = True
        # To it alone: its own children would show their tracebacks.
        self._send(os.kill, gently)
        if not self._ended.wait(_GRACE_SECONDS):
            self._send(os.killpg, signal.SIGKILL)

    def kill(self) -> None:
        """Kill the group now."""
        self.stopped = True
        self._send(os.killpg, signal.SIGKILL)

    def _send(self, how: Callable[[int, int], None], number: signal.Signals) -> None:
        with self._lock:
            if self._process.returncode is None:  # not reaped, so the number is still its own
                try:
                    how(self._process.pid, number)
                except (ProcessLookupError, PermissionError):
                    return  # gone already, or (macOS) a zombie


class Children:
    """All the processes of one host."""

    def __init__(self) -> None:
        self._living: set[Child] = set()
        self._lock = threading.Lock()

    def add(self, child: Child) -> Child:
        """Own ``child`` from here on."""
        with self._lock:
            self._living.add(child)
        return child

    def remove(self, child: Child) -> None:
        """``child`` was waited for."""
        with self._lock:
            self._living.discard(child)

    def kill(self) -> None:
        """Kill them all, at once."""
        with self._lock:
            for child in self._living:
                child.kill()


def watch_parent(on_death: Callable[[], None]) -> None:
    """Call ``on_death`` from a thread once the process that started this one is gone."""
    parent = os.getppid()
    threading.Thread(target=_watch, args=(parent, on_death), name="parent-watch", daemon=True).start()


def _watch(parent: int, on_death: Callable[[], None]) -> None:
    try:
        descriptor = os.pidfd_open(parent)
    except (AttributeError, OSError):  # no such call on this system, or the parent is gone already
        while os.getppid() == parent:
            time.sleep(0.2)
    else:
        if os.getppid() == parent:
            select.select([descriptor], [], [])
    on_death()
