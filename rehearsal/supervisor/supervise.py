"""Loop of the supervisor: start what may start, restart what died, stop everything in reverse order.

It has one thread on purpose: the kernel ties a child's parent-death signal to the thread that started it.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

import psutil

from rehearsal.network.kinds import Kind
from rehearsal.network.namespaces import VARIABLE, Namespaces
from rehearsal.sandbox import Sandbox
from rehearsal.supervisor import status
from rehearsal.supervisor.child_processes import die_with_parent, environment
from rehearsal.supervisor.daemons import Daemon, daemons
from rehearsal.supervisor.status import DaemonStatus, SandboxStatus, State
from workspace.locks import HeldError, held
from workspace.processes import ProcessIdentity, end

_TICK_SECONDS = 0.05
# Between two questions for the health of a daemon that starts: it has better things to do than to answer.
_ASK_SECONDS = 0.15
_FIRST_BACK_OFF_SECONDS = 0.2
_LONGEST_BACK_OFF_SECONDS = 5.0
# A daemon that stayed up this long earned a short back-off again.
_STABLE_SECONDS = 30.0
_LOG = logging.getLogger("supervisor")


@dataclass(kw_only=True)
class _Watched:
    """A daemon and what the supervisor remembers of it."""

    daemon: Daemon
    state: State = State.WAITING
    process: subprocess.Popen[bytes] | None = None
    identity: ProcessIdentity | None = None
    restarts: int = 0
    last_exit: int | None = None
    back_off: float = _FIRST_BACK_OFF_SECONDS
    started: float = field(default_factory=time.monotonic)
    not_before: float = 0.0
    ask_again: float = 0.0


class Supervisor:
    """Keeps the daemons of one sandbox running until a signal stops it."""

    def __init__(self, sandbox: Sandbox, watched: Sequence[Daemon] = ()) -> None:
        """Watch the sandbox's daemons, or those given, in the order they are stopped last to first."""
        self._sandbox = sandbox
        self._watched = {daemon.name: _Watched(daemon=daemon) for daemon in watched or daemons(sandbox)}
        self._namespaces: Namespaces | None = None
        self._stopping = False
        self._written: SandboxStatus | None = None
        self._me = ProcessIdentity(os.getpid(), psutil.Process().create_time())

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT. Returns the exit code."""
        try:
            with held(self._sandbox.root / "supervisor.lock", f"supervisor (pid {os.getpid()})"):
                self._supervise()
        except HeldError as error:
            _LOG.info("sandbox %s is %s", self._sandbox.name, error)
        return 0

    def _supervise(self) -> None:
        if self._sandbox.network == Kind.NAMESPACES:
            self._namespaces = Namespaces.make()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            while not self._stopping and self._sandbox.root.exists():
                for watched in self._watched.values():
                    self._step(watched)
                self._publish()
                time.sleep(_TICK_SECONDS)
        finally:
            self._end_all()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _step(self, watched: _Watched) -> None:
        now = time.monotonic()
        if watched.process is not None and (code := watched.process.poll()) is not None:
            self._note_exit(watched, code, now)
        if watched.process is None:
            ready = {name for name, other in self._watched.items() if other.state is State.READY}
            # A restarted daemon does not wait again: what it needs may be restarting as well.
            waits = watched.state is State.WAITING and not ready.issuperset(watched.daemon.after)
            if not waits and now >= watched.not_before:
                self._start(watched, now)
        elif watched.state is State.STARTING and now >= watched.ask_again:
            self._ask(watched)

    def _ask(self, watched: _Watched) -> None:
        if watched.daemon.is_ready(self._sandbox):
            watched.state = State.READY
            _LOG.info("%s is ready after %.1f s", watched.daemon.name, time.monotonic() - watched.started)
        watched.ask_again = time.monotonic() + _ASK_SECONDS

    def _start(self, watched: _Watched, now: float) -> None:
        daemon = watched.daemon
        variables, inherited = environment(self._sandbox.root), tuple[int, ...]()
        if daemon.outside and self._namespaces:
            variables[VARIABLE], inherited = self._namespaces.text, tuple(self._namespaces.descriptors)
        with (self._sandbox.logs / f"{daemon.name}.log").open("ab") as log:
            watched.process = subprocess.Popen(
                daemon.command(),
                cwd=self._sandbox.root,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=inherited,
                preexec_fn=self._arrange(daemon),  # noqa: PLW1509 - this process has one thread
            )
        watched.identity = ProcessIdentity.of(watched.process.pid)
        watched.state = State.STARTING
        watched.started = now

    def _arrange(self, daemon: Daemon) -> Callable[[], None]:
        """What happens in a daemon's process before its program: it enters the namespace and is tied to this process."""
        tie, inside = die_with_parent(), None if daemon.outside else self._namespaces

        def arrange() -> None:
            if inside:
                inside.enter()
            tie()

        return arrange

    def _note_exit(self, watched: _Watched, code: int, now: float) -> None:
        if now - watched.started > _STABLE_SECONDS:
            watched.back_off = _FIRST_BACK_OFF_SECONDS
        watched.process = watched.identity = None
        watched.state = State.BACKING_OFF
        watched.restarts += 1
        watched.last_exit = code
        watched.not_before = now + watched.back_off
        _LOG.warning("%s ended with %s; starts again in %.1f s", watched.daemon.name, code, watched.back_off)
        watched.back_off = min(watched.back_off * 2, _LONGEST_BACK_OFF_SECONDS)

    def _publish(self) -> None:
        now = SandboxStatus(
            supervisor=self._me,
            daemons=tuple(
                DaemonStatus(
                    name=name,
                    state=watched.state,
                    process=watched.identity,
                    restarts=watched.restarts,
                    last_exit=watched.last_exit,
                )
                for name, watched in self._watched.items()
            ),
        )
        if now != self._written:
            status.write(self._sandbox, now)
            self._written = now

    def _end_all(self) -> None:
        """First those that nothing else needs, all at once, then the rest."""
        needed = {name for watched in self._watched.values() for name in watched.daemon.after}
        for wave in (self._watched.keys() - needed, needed):
            self._end([self._watched[name] for name in wave])
        _LOG.info("sandbox %s is stopped", self._sandbox.name)

    def _end(self, wave: list[_Watched]) -> None:
        running = [watched.process for watched in wave if watched.process and watched.process.poll() is None]
        processes = [psutil.Process(process.pid) for process in running]
        for process in end(processes, grace=8.0):
            _LOG.error("pid %d does not end", process.pid)
        for watched in wave:
            if watched.process is not None:
                watched.process.poll()
            watched.state, watched.identity = State.STOPPED, None
