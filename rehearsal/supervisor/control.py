"""Starting and stopping a sandbox from outside its supervisor."""

import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, replace

import psutil

from rehearsal.network import probe
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox, SandboxError
from rehearsal.supervisor import status
from rehearsal.supervisor.child_processes import environment, start_detached
from rehearsal.supervisor.status import SandboxStatus, State
from workspace.locks import waited_for
from workspace.processes import end, with_environment

_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LOG_LINES_SHOWN = 8


def ensure_started(sandbox: Sandbox, tell: Callable[[str], None]) -> SandboxStatus:
    """Start the supervisor unless it runs, and wait until every daemon answers.

    Raises:
        SandboxError: a daemon does not become ready; the message has the end of its log.
    """
    begin(sandbox, tell)
    return wait_until_ready(sandbox)


def begin(sandbox: Sandbox, tell: Callable[[str], None]) -> None:
    """Start the supervisor unless it runs, without waiting for its daemons.

    Raises:
        SandboxError: one of the sandbox's ports is taken.
    """
    # Of two commands at once the second waits here; else it would sweep away what the first is starting.
    with waited_for(sandbox.root / "start.lock"):
        if status.read(sandbox) is None:
            _sweep(sandbox)
            _check_ports(sandbox)
            if not sandbox.network:
                replace(sandbox, network=probe.choose()).save()
            tell(f"starting sandbox {sandbox.name}")
            _spawn_supervisor(sandbox)


def _spawn_supervisor(sandbox: Sandbox) -> None:
    """Start the supervisor, which outlives this process, and wait until it says so."""
    pid = start_detached("rehearsal.supervisor", [], environment(sandbox.root), sandbox.logs / "supervisor.log")
    while status.read(sandbox) is None and os.waitpid(pid, os.WNOHANG) == (0, 0):
        time.sleep(_POLL_SECONDS)


def wait_until_ready(sandbox: Sandbox, seconds: float = _START_SECONDS) -> SandboxStatus:
    """Wait for every daemon.

    Raises:
        SandboxError: not all are ready after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        current = status.read(sandbox)
        if current is not None and current.ready:
            return current
        time.sleep(_POLL_SECONDS)
    raise SandboxError(_why_not_ready(sandbox, status.read(sandbox), seconds))


def stop(sandbox: Sandbox) -> None:
    """Stop the supervisor and everything that was started for this sandbox, and wait until all of it is gone.

    Raises:
        SandboxError: a process cannot be ended.
    """
    current = status.read(sandbox)
    if current is not None and (supervisor := current.supervisor.process()) is not None:
        supervisor.send_signal(signal.SIGTERM)
        psutil.wait_procs([supervisor], timeout=_STOP_SECONDS)
    _sweep(sandbox)


def _sweep(sandbox: Sandbox) -> None:
    """End what an earlier supervisor or engine left behind: each process of a sandbox carries it in its environment."""
    left = end(list(with_environment(ENVIRONMENT_VARIABLE, str(sandbox.root))))
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        raise SandboxError(
            f"sandbox {sandbox.name}: processes {pids} do not end; end them by hand, then run `rehearse down`"
        )


def _check_ports(sandbox: Sandbox) -> None:
    for name, port in asdict(sandbox.ports).items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SandboxError(
                    f"sandbox {sandbox.name}: port {port} ({name}) is taken by another program; "
                    f"end that, or `rehearse down --sandbox {sandbox.name}` and start afresh on other ports"
                ) from None


def _why_not_ready(sandbox: Sandbox, current: SandboxStatus | None, seconds: float) -> str:
    if current is None:
        return f"sandbox {sandbox.name}: the supervisor does not run; see {sandbox.logs / 'supervisor.log'}"
    lines = [f"sandbox {sandbox.name}: not ready after {seconds:.0f} s"]
    for daemon in current.daemons:
        if daemon.state in (State.READY, State.WAITING):
            continue
        log = sandbox.logs / f"{daemon.name}.log"
        tail = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:] if log.exists() else []
        lines.append(f"{daemon.name} is {daemon.state} ({daemon.restarts} restarts); {log} ends with:")
        lines.extend(f"    {line}" for line in tail)
    return "\n".join(lines)
