"""Running Pulumi's engine in a sandbox's workspace."""

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, Self

import psutil

from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox, SandboxError
from rehearsal.stacks import events
from rehearsal.stacks.project import engine_environment, tools
from rehearsal.supervisor.child_processes import die_with_parent
from workspace.processes import end, has_environment, with_environment

RUN_VARIABLE = "LLM_REHEARSAL_RUN"
_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an operation ended."""

    code: int
    interrupted: bool
    events: list[events.RawEvent]


def operate(
    sandbox: Sandbox,
    operation: str,
    stack: str,
    arguments: list[str],
    *,
    on_event: Callable[[str], None] | None = None,
    quiet: bool = False,
) -> Outcome:
    """Run ``pulumi OPERATION`` with its own display, or with each event handed to ``on_event`` instead.

    An interrupt is passed on to the engine once; it then finishes the running steps and saves them.
    """
    log = sandbox.logs / "events" / f"{operation}-{stack}-{uuid.uuid4().hex[:8]}.jsonl"
    log.parent.mkdir(exist_ok=True)
    terminal = sys.stdin.isatty() and on_event is None and not quiet
    command = [str(tools(sandbox) / "pulumi"), operation, "--stack", stack, "--event-log", str(log), *arguments]
    if not terminal:
        command.append("--non-interactive")
    silent = quiet or on_event is not None
    with _Interrupts() as interrupts:
        process = _start(sandbox, command, stack, terminal=terminal, silent=silent)
        stream, told, running = events.EventLog(log), False, True
        while running:
            running = process.poll() is None
            for line in stream.new_lines():
                if on_event is not None:
                    on_event(line)
            if interrupts.came and not told:
                told = True
                # On a terminal Ctrl-C has reached the engine by itself.
                if not terminal:
                    process.send_signal(signal.SIGINT)
            time.sleep(_POLL_SECONDS if running else 0)
    outcome = Outcome(code=process.returncode, interrupted=interrupts.came, events=events.read(log))
    log.unlink(missing_ok=True)
    return outcome


class _Interrupts:
    """Notes SIGINT instead of raising KeyboardInterrupt, which could strike between any two steps and be lost there."""

    came = False

    def __enter__(self) -> Self:
        """Begin to note them."""
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """What held before holds again."""
        signal.signal(signal.SIGINT, self._before)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True


def _start(
    sandbox: Sandbox, command: list[str], stack: str, *, terminal: bool, silent: bool
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        cwd=sandbox.project,
        env=engine_environment(sandbox) | {RUN_VARIABLE: stack},
        stdin=None if terminal else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if silent else None,
        start_new_session=not terminal,
        preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - called from the only thread
    )


def command(sandbox: Sandbox, *arguments: str) -> str:
    """Run a short engine command and return its standard output.

    Raises:
        SandboxError: it failed; the message is the engine's own.
    """
    result = subprocess.run(
        [str(tools(sandbox) / "pulumi"), *arguments, "--non-interactive"],
        cwd=sandbox.project,
        env=engine_environment(sandbox),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise SandboxError(f"pulumi {arguments[0]}: {(result.stderr or result.stdout).strip()}")
    return result.stdout


def outputs(sandbox: Sandbox, stack: str, *, show_secrets: bool = True) -> dict[str, Any]:
    """The stack's outputs; secrets in plain, or as ``[secret]``."""
    shown = ["--show-secrets"] if show_secrets else []
    read: dict[str, Any] = json.loads(command(sandbox, "stack", "output", "--json", *shown, "--stack", stack))
    return read


def end_orphans(stack: str, sandbox: Sandbox) -> int:
    """End plugins and programs that a killed engine left behind. Returns how many there were."""
    marked = list(with_environment(RUN_VARIABLE, stack))
    mine = [process for process in marked if has_environment(process, ENVIRONMENT_VARIABLE, str(sandbox.root))]
    pids = {process.pid for process in mine}
    engines = str(tools(sandbox) / "pulumi")
    orphans = [process for process in mine if not _has_engine(process, engines, pids)]
    left = end(orphans, grace=2.0)
    if left:
        raise SandboxError(f"processes {', '.join(str(process.pid) for process in left)} of an earlier run do not end")
    return len(orphans)


def _has_engine(process: psutil.Process, engine: str, pids: set[int]) -> bool:
    """Whether a running engine is this process or an ancestor of it."""
    try:
        return any(
            candidate.pid in pids and candidate.cmdline()[:1] == [engine] for candidate in (process, *process.parents())
        )
    except psutil.NoSuchProcess:
        return True
