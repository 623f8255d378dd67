"""status, logs and down: what a world is doing, what it said, and how it goes away."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from rehearsal.commands import cluster, facts
from rehearsal.commands.console import OUT, ExitCode, UsageError, tell
from rehearsal.providers.aws.recorder import recorded
from rehearsal.supervisor import control
from rehearsal.supervisor import status as supervision
from rehearsal.supervisor.daemons import DAEMONS
from rehearsal.supervisor.processes import with_environment
from rehearsal.workspace import engine, holds, state
from rehearsal.workspace.holds import HeldError
from rehearsal.world import ENVIRONMENT_VARIABLE, World
from rehearsal.worlds import DEFAULT_WORLD, every, existing, find, remove

_MIB = 1024 * 1024
_HIDDEN = "[secret]"


def status(name: str) -> ExitCode:
    """Print daemons, stacks, nodes, pods and load balancers.

    Raises:
        NoWorldError: there is no world of that name; where nothing runs yet, the default one may be asked for.
    """
    world = find(name) if name == DEFAULT_WORLD else existing(name)
    if world is None:
        OUT.print(f"world {name}: none; `rehearse up` makes it")
        return ExitCode.DONE
    current = supervision.read(world)
    OUT.print(f"world {name} in {world.root}", style="bold", markup=False)
    OUT.print(_daemons(world, current))
    OUT.print(f"all processes of the world: {memory(world) // _MIB} MiB")
    for line in _stacks(world):
        OUT.print(line, markup=False)
    if current is not None and current.ready:
        for table in cluster.tables(world):
            OUT.print(table)
    for line in facts.lines(world):
        OUT.print(line, markup=False)
    return ExitCode.DONE


def outputs(world_name: str, stack: str, name: str | None, *, show_secrets: bool) -> ExitCode:
    """Print what a stack exports: all as JSON, or one as plain text."""
    world = existing(world_name)
    if state.read(world, stack) is None:
        raise UsageError(f"world {world_name} has no stack {stack!r}; `rehearse up` makes it")
    exported = engine.outputs(world, stack, show_secrets=show_secrets)
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
        tell(f"{_HIDDEN} is hidden: --show-secrets shows it")


def actions(world_name: str) -> ExitCode:
    """Print what was asked of AWS in a world, as IAM actions."""
    for action in recorded(existing(world_name)):
        OUT.print(action, markup=False, highlight=False)
    return ExitCode.DONE


def logs(world_name: str, name: str | None, lines: int) -> ExitCode:
    """Print the end of one log, or which logs there are."""
    world = existing(world_name)
    known = log_files(world)
    if name is None:
        for known_name in sorted(known):
            OUT.print(known_name, markup=False)
        return ExitCode.DONE
    matches = [found for found in sorted(known) if found == name] or [found for found in sorted(known) if name in found]
    if not matches:
        raise UsageError(f"no log {name!r} in world {world_name}; `rehearse logs` lists them")
    for match in matches:
        if len(matches) > 1:
            OUT.print(f"==> {match}", style="bold", markup=False)
        for line in known[match].read_text(errors="replace").splitlines()[-lines:]:
            OUT.print(line, markup=False)
    return ExitCode.DONE


def log_files(world: World) -> dict[str, Path]:
    """Logs by name: daemons and plugins by their own, containers as POD/CONTAINER or as the node agent has them."""
    found = {path.stem: path for path in world.logs.glob("*.log")}
    for path in world.nodes.rglob("*.log"):
        found[str(path.relative_to(world.nodes).with_suffix(""))] = path
    return found


def down(name: str, *, every_world: bool, keep: bool) -> ExitCode:
    """Stop one world or all, and remove them."""
    worlds = every() if every_world else [found for found in [find(name)] if found is not None]
    if not worlds:
        OUT.print(f"nothing to take down{'' if every_world or name == DEFAULT_WORLD else f': no world {name}'}")
    for world in worlds:
        for stack in state.stacks(world):
            for lock in state.locks(world, stack):
                if lock.alive:
                    raise HeldError(f"world {world.name}: stack {stack} is held by {lock.text}; end that first")
        with holds.nobody_at_work(world):
            control.stop(world)
            if not keep:
                remove(world)
        tell(f"world {world.name} is {'stopped' if keep else 'gone'}")
    return ExitCode.DONE


def memory(world: World) -> int:
    """Bytes that all processes of a world use, shared pages counted once where the kernel tells (PSS)."""
    return sum(_memory_of(process) for process in with_environment(ENVIRONMENT_VARIABLE, str(world.root)))


def _memory_of(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(full, "pss", 0) or full.rss)


def _daemons(world: World, current: supervision.WorldStatus | None) -> Table:
    table = Table("daemon", "state", "pid", "port", "MiB", "restarts", "kind", "what", box=None)
    known = {daemon.name: daemon for daemon in current.daemons} if current else {}
    for daemon in DAEMONS:
        now = known.get(daemon.name)
        process = now.process.process() if now and now.process else None
        table.add_row(
            daemon.name,
            now.state if now else "stopped",
            str(process.pid) if process else "-",
            str(asdict(world.ports)[daemon.port]),
            str(_memory_of(process) // _MIB) if process else "-",
            str(now.restarts) if now else "-",
            daemon.kind,
            daemon.what,
        )
    return table


def _stacks(world: World) -> list[str]:
    lines = []
    for name in state.stacks(world):
        held = state.read(world, name)
        if held is None:
            continue
        kinds = Counter(resource.type.split(":", 1)[0] for resource in held.resources if resource.custom)
        detail = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()) if kind != "pulumi")
        busy = "".join(f"; held by {lock.text}" for lock in state.locks(world, name) if lock.alive)
        pending = f"; {len(held.pending)} interrupted operations" if held.pending and not busy else ""
        total = sum(1 for resource in held.resources if not resource.type.startswith("pulumi:"))
        lines.append(f"stack {name}: {total} resources{f' ({detail})' if detail else ''}{busy}{pending}")
    return lines
