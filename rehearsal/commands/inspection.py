"""Commands status, outputs, actions, logs and down: what a sandbox does, what it logged, and its removal."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from cli.console import OUT, UsageError, plain_table, report_progress
from planner.units import MIB
from rehearsal.aws.action_log import logged_actions
from rehearsal.commands import cluster, fidelity
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.sandboxes import DEFAULT_SANDBOX, every, existing, find, remove
from rehearsal.stacks import file_backend, pulumi_cli, stack_lock
from rehearsal.stacks.stack_lock import HeldError
from rehearsal.supervisor import control
from rehearsal.supervisor import status as supervision
from rehearsal.supervisor.daemons import daemons
from workspace.processes import with_environment

_HIDDEN = "[secret]"


def status(name: str) -> ExitCode:
    """Print daemons, stacks, nodes, pods and load balancers.

    Raises:
        NoSandboxError: there is no sandbox of that name; where nothing runs yet, the default one may be asked for.
    """
    sandbox = find(name) if name == DEFAULT_SANDBOX else existing(name)
    if sandbox is None:
        OUT.print(f"sandbox {name}: none; `rehearse up` makes it")
        return ExitCode.DONE
    current = supervision.read(sandbox)
    OUT.print(f"sandbox {name} in {sandbox.root}", style="bold", markup=False)
    OUT.print(_daemons(sandbox, current))
    OUT.print(f"all processes of the sandbox: {memory(sandbox) // MIB} MiB")
    for line in _stacks(sandbox):
        OUT.print(line, markup=False)
    if current is not None and current.ready:
        for table in cluster.tables(sandbox):
            OUT.print(table)
    for line in fidelity.lines(sandbox):
        OUT.print(line, markup=False)
    return ExitCode.DONE


def outputs(sandbox_name: str, stack: str, name: str | None, *, show_secrets: bool) -> ExitCode:
    """Print what a stack exports: all as JSON, or one as plain text."""
    sandbox = existing(sandbox_name)
    if file_backend.read(sandbox, stack) is None:
        raise UsageError(f"sandbox {sandbox_name} has no stack {stack!r}; `rehearse up` makes it")
    exported = pulumi_cli.outputs(sandbox, stack, show_secrets=show_secrets)
    if name is None:
        OUT.print(json.dumps(exported, indent=2), markup=False)
        _tell_of_secrets(exported.values())
        return ExitCode.DONE
    if name not in exported:
        raise UsageError(f"stack {stack} exports no {name!r}; it exports {', '.join(sorted(exported))}")
    value = exported[name]
    OUT.print(value if isinstance(value, str) else json.dumps(value), markup=False)
    _tell_of_secrets([value])
    return ExitCode.DONE


def _tell_of_secrets(values: Iterable[Any]) -> None:
    if _HIDDEN in values:
        report_progress(f"{_HIDDEN} is hidden: --show-secrets shows it")


def actions(sandbox_name: str) -> ExitCode:
    """Print the requests to AWS in a sandbox, as IAM actions."""
    for action in logged_actions(existing(sandbox_name)):
        OUT.print(action, markup=False, highlight=False)
    return ExitCode.DONE


def logs(sandbox_name: str, name: str | None, lines: int) -> ExitCode:
    """Print the end of one log, or which logs there are."""
    sandbox = existing(sandbox_name)
    known = log_files(sandbox)
    if name is None:
        for known_name in sorted(known):
            OUT.print(known_name, markup=False)
        return ExitCode.DONE
    matches = [found for found in sorted(known) if found == name] or [found for found in sorted(known) if name in found]
    if not matches:
        raise UsageError(f"no log {name!r} in sandbox {sandbox_name}; `rehearse logs` lists them")
    for match in matches:
        if len(matches) > 1:
            OUT.print(f"==> {match}", style="bold", markup=False)
        for line in known[match].read_text(errors="replace").splitlines()[-lines:]:
            OUT.print(line, markup=False)
    return ExitCode.DONE


def log_files(sandbox: Sandbox) -> dict[str, Path]:
    """Logs by name: daemons and plugins by their own, containers as POD/CONTAINER or as the node agent has them."""
    found = {path.stem: path for path in sandbox.logs.glob("*.log")}
    for path in sandbox.nodes.rglob("*.log"):
        found[str(path.relative_to(sandbox.nodes).with_suffix(""))] = path
    return found


def down(name: str, *, every_sandbox: bool, keep: bool) -> ExitCode:
    """Stop one sandbox or all, and remove them."""
    sandboxes = every() if every_sandbox else [found for found in [find(name)] if found is not None]
    if not sandboxes:
        OUT.print(f"nothing to take down{'' if every_sandbox or name == DEFAULT_SANDBOX else f': no sandbox {name}'}")
    for sandbox in sandboxes:
        for stack in file_backend.stacks(sandbox):
            for lock in file_backend.locks(sandbox, stack):
                if lock.alive:
                    raise HeldError(f"sandbox {sandbox.name}: stack {stack} is held by {lock.text}; end that first")
        with stack_lock.out_of_use(sandbox):
            control.stop(sandbox)
            if not keep:
                remove(sandbox)
        report_progress(f"sandbox {sandbox.name} is {'stopped' if keep else 'removed'}")
    return ExitCode.DONE


def memory(sandbox: Sandbox) -> int:
    """Bytes that all processes of a sandbox use, shared pages counted once where the kernel reports PSS."""
    return sum(_memory_of(process) for process in with_environment(ENVIRONMENT_VARIABLE, str(sandbox.root)))


def _memory_of(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(full, "pss", 0) or full.rss)


def _daemons(sandbox: Sandbox, current: supervision.SandboxStatus | None) -> Table:
    table = plain_table("daemon", "state", "pid", "port", "MiB", "restarts", "kind", "what")
    known = {daemon.name: daemon for daemon in current.daemons} if current else {}
    for daemon in daemons(sandbox):
        now = known.get(daemon.name)
        process = now.process.process() if now and now.process else None
        table.add_row(
            daemon.name,
            now.state if now else "stopped",
            str(process.pid) if process else "-",
            str(daemon.port_in(sandbox) or "-"),
            str(_memory_of(process) // MIB) if process else "-",
            str(now.restarts) if now else "-",
            daemon.kind,
            daemon.what,
        )
    return table


def _stacks(sandbox: Sandbox) -> list[str]:
    lines = []
    for name in file_backend.stacks(sandbox):
        held = file_backend.read(sandbox, name)
        if held is None:
            continue
        kinds = Counter(resource.type.split(":", 1)[0] for resource in held.resources if resource.custom)
        detail = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()) if kind != "pulumi")
        busy = "".join(f"; held by {lock.text}" for lock in file_backend.locks(sandbox, name) if lock.alive)
        pending = f"; {len(held.pending)} interrupted operations" if held.pending and not busy else ""
        total = sum(1 for resource in held.resources if not resource.type.startswith("pulumi:"))
        lines.append(f"stack {name}: {total} resources{f' ({detail})' if detail else ''}{busy}{pending}")
    return lines
