"""A small sandbox whose daemons are Python's own web server."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports
from rehearsal.supervisor import control, status
from rehearsal.supervisor.child_processes import environment

PROGRAM = """
from rehearsal.supervisor.daemons import Daemon, daemons
from rehearsal.supervisor.supervise import Supervisor
from rehearsal.sandbox import Sandbox

sandbox = Sandbox.current()


def web(name, port, after=()):
    return Daemon(
        name=name, module="http.server", arguments=("--bind", "127.0.0.1", str(getattr(sandbox.ports, port))),
        port=port, health="http://127.0.0.1:{port}/sandbox.json", after=after, kind="emulated", what="a web server",
    )


if sandbox.network == "namespaces":
    # Those whose ports the gate passes on.
    watched = [daemons(sandbox)[0], web("first", "apiserver"), web("second", "scheduler", after=("first",))]
else:
    watched = [web("first", "moto"), web("second", "nodes", after=("first",))]
Supervisor(sandbox, watched).run()
"""


@pytest.fixture
def network() -> str:
    """The kind of the sandbox's network."""
    return "loopback"


@pytest.fixture
def sandbox(tmp_path: Path, network: str) -> Iterator[Sandbox]:
    made = Sandbox(root=tmp_path / "sandbox", name="small", ports=free_ports(), network=network)
    made.root.mkdir()
    made.logs.mkdir()
    made.save()
    yield made
    control.stop(made)


@pytest.fixture
def supervise(sandbox: Sandbox):
    """Starts a supervisor of two web servers and waits until both answer."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> status.SandboxStatus:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                env=environment(sandbox.root) | {"PYTHONPATH": str(Path.cwd())},
                stdin=subprocess.DEVNULL,
            )
        )
        return control.wait_until_ready(sandbox)

    yield start
    control.stop(sandbox)
    for process in started:
        process.wait(timeout=60)
