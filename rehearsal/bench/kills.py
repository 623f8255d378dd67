"""kill -9 of one of a sandbox's processes at a random moment of an operation."""

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil

from rehearsal.bench.driver import Rehearsal, Result
from rehearsal.kubernetes.helm.library import HelmLibrary
from rehearsal.plugins.launcher import PLUGIN_MODULES
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.sandboxes import find
from rehearsal.stacks import events, file_backend
from rehearsal.stacks.project import RECOVERY
from rehearsal.stacks.pulumi_cli import RUN_VARIABLE
from rehearsal.supervisor import status
from workspace.processes import has_environment, with_environment

ENGINE = "engine"
PLUGIN = "plugin"
DAEMONS = ("moto", "apiserver")
_EXISTS = "already exists"
_HELM = re.compile(r"`helm (uninstall|rollback) (\S+) -n ([^\s`]+)`, then again")
_HELM_SECONDS = 60
# A way out more than once: the up after it gets further, and can find what else was cut off.
_TRIES = 4
VICTIMS = (ENGINE, PLUGIN, *DAEMONS)


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What was killed, and when after the start of the operation; ``pid`` None when it had already ended."""

    victim: str
    after: float
    pid: int | None


class Killer:
    """Kills during operations of two kinds, while a new sandbox is deployed and while a stack changes.

    How long each takes is learnt from the operations that ended before their kill, so that most kills strike.
    """

    def __init__(self, rehearsal: Rehearsal, seed: int) -> None:
        self._rehearsal = rehearsal
        self._chance = random.Random(seed)
        self._longest = {True: 20.0, False: 12.0}

    def strike(self, stack: str, victims: Sequence[str], *, fresh: bool) -> Kill:
        """Start an ``up`` and kill one of ``victims`` at a random moment of it; with ``fresh``, in a new sandbox."""
        if fresh:
            self._rehearsal.down()
        running = self._rehearsal.start("up", stack)
        process = running.process
        # The preview that comes first changes nothing; the update begins with its lock.
        while not self._updates(stack) and process.poll() is None:
            time.sleep(0.05)
        victim, moment = self._chance.choice(victims), self._chance.uniform(0.1, self._longest[fresh])
        kill = _kill(self._rehearsal.sandbox, stack, process, self._chance, victim, moment)
        running.finish()
        if kill.pid is None:
            self._longest[fresh] = min(self._longest[fresh], kill.after)
        return kill

    def _updates(self, stack: str) -> bool:
        sandbox = find(self._rehearsal.name)
        return sandbox is not None and any(lock.alive for lock in file_backend.locks(sandbox, stack))


def _kill(
    sandbox: Sandbox, stack: str, process: subprocess.Popen[bytes], chance: random.Random, victim: str, moment: float
) -> Kill:
    """Wait until ``moment`` seconds of the operation that ``process`` runs have passed, then kill a ``victim``."""
    began = time.monotonic()
    found: list[int] = []
    while not found and process.poll() is None:
        time.sleep(0.02)
        if time.monotonic() - began >= moment:
            found = candidates(sandbox, stack, victim)  # a plugin may start later
    pid = chance.choice(found) if found else None
    if pid is not None:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pid = None
    return Kill(victim=victim, after=time.monotonic() - began, pid=pid)


def go_on(rehearsal: Rehearsal, stack: str) -> list[Result]:
    """What a user does after a kill: ``up``, and as long as it ends with a way out, what that says and ``up`` again.

    Objects that Kubernetes has already are taken over, Helm releases that were cut off are uninstalled or rolled back
    (docs/operations.md). Returns how each ended.
    """
    results = [rehearsal.run("up", stack)]
    while len(results) < _TRIES:
        reasons = events.errors(results[-1].events)
        commands = helm_commands(reasons)
        exists = [reason for reason in reasons if _EXISTS in reason]
        takes_over = bool(exists) and all(name in reason for reason in exists for name in RECOVERY)
        if not commands and not takes_over:
            break
        for action, name, namespace in commands:
            helm = HelmLibrary(rehearsal.sandbox.admin_kubeconfig.read_text(), None, namespace)
            if action == "rollback":
                helm.rollback(name)
            else:
                helm.uninstall(name, timeout=_HELM_SECONDS, wait=True)
        environment = dict.fromkeys(RECOVERY, "true") if takes_over else None
        results.append(rehearsal.run("up", stack, environment=environment))
    return results


def helm_commands(reasons: Iterable[str]) -> list[tuple[str, str, str]]:
    """The commands of Helm that errors name as the way out: ``uninstall`` or ``rollback``, release, namespace."""
    return sorted({(found[1], found[2], found[3]) for reason in reasons for found in _HELM.finditer(reason)})


def candidates(sandbox: Sandbox, stack: str, victim: str) -> list[int]:
    """Process ids of the running victims of one kind, in a stable order."""
    if victim in DAEMONS:
        current = status.read(sandbox)
        processes = [daemon.process for daemon in current.daemons if daemon.name == victim] if current else []
        return [process.pid for process in processes if process is not None]
    return sorted(
        process.pid
        for process in with_environment(RUN_VARIABLE, stack)
        if has_environment(process, ENVIRONMENT_VARIABLE, str(sandbox.root)) and _matches(process, victim)
    )


def _matches(process: psutil.Process, victim: str) -> bool:
    try:
        line = process.cmdline()
    except psutil.NoSuchProcess:
        return False
    if victim == ENGINE:
        return bool(line) and line[0].endswith("/pulumi")
    return not set(line).isdisjoint(PLUGIN_MODULES.values())
