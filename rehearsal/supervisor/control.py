"""Starting and stopping a world from outside its supervisor."""

import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import psutil

from rehearsal.supervisor import status
from rehearsal.supervisor.processes import end, environment, with_environment
from rehearsal.supervisor.status import State, WorldStatus
from rehearsal.world import ENVIRONMENT_VARIABLE, World, WorldError

_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05
_LOG_LINES_SHOWN = 8


def ensure_started(world: World, tell: Callable[[str], None]) -> WorldStatus:
    """Start the supervisor unless it runs, and wait until every daemon answers.

    Raises:
        WorldError: a daemon does not become ready; the message has the end of its log.
    """
    begin(world, tell)
    return wait_until_ready(world)


def begin(world: World, tell: Callable[[str], None]) -> None:
    """Start the supervisor unless it runs, without waiting for its daemons.

    Raises:
        WorldError: one of the world's ports is taken.
    """
    # Of two commands at once the second waits here; else it would sweep away what the first is starting.
    with (world.root / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if status.read(world) is None:
            _sweep(world)
            _check_ports(world)
            tell(f"starting world {world.name}")
            _spawn_supervisor(world)


def _spawn_supervisor(world: World) -> None:
    """Start the supervisor, which outlives this process, and wait until it says so."""
    log = str(world.logs / "supervisor.log")
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", "rehearsal.supervisor"],
        environment(world.root),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    while status.read(world) is None and os.waitpid(pid, os.WNOHANG) == (0, 0):
        time.sleep(_POLL_SECONDS)


def wait_until_ready(world: World, seconds: float = _START_SECONDS) -> WorldStatus:
    """Wait for every daemon.

    Raises:
        WorldError: not all are ready after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        current = status.read(world)
        if current is not None and current.ready:
            return current
        time.sleep(_POLL_SECONDS)
    raise WorldError(_why_not_ready(world, status.read(world), seconds))


def stop(world: World) -> None:
    """Stop the supervisor and everything that was started for this world, and wait until all of it is gone.

    Raises:
        WorldError: a process cannot be ended.
    """
    current = status.read(world)
    if current is not None and (supervisor := current.supervisor.process()) is not None:
        supervisor.send_signal(signal.SIGTERM)
        psutil.wait_procs([supervisor], timeout=_STOP_SECONDS)
    _sweep(world)


def _sweep(world: World) -> None:
    """End what an earlier supervisor or engine left behind: each process of a world carries it in its environment."""
    left = end(list(with_environment(ENVIRONMENT_VARIABLE, str(world.root))))
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        raise WorldError(f"world {world.name}: processes {pids} do not end; end them by hand, then run `rehearse down`")


def _check_ports(world: World) -> None:
    for name, port in asdict(world.ports).items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise WorldError(
                    f"world {world.name}: port {port} ({name}) is taken by another program; "
                    f"end that, or `rehearse down --world {world.name}` and start afresh on other ports"
                ) from None


def _why_not_ready(world: World, current: WorldStatus | None, seconds: float) -> str:
    if current is None:
        return f"world {world.name}: the supervisor does not run; see {world.logs / 'supervisor.log'}"
    lines = [f"world {world.name}: not ready after {seconds:.0f} s"]
    for daemon in current.daemons:
        if daemon.state in (State.READY, State.WAITING):
            continue
        log = world.logs / f"{daemon.name}.log"
        tail = log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:] if log.exists() else []
        lines.append(f"{daemon.name} is {daemon.state} ({daemon.restarts} restarts); {log} ends with:")
        lines.extend(f"    {line}" for line in tail)
    return "\n".join(lines)
