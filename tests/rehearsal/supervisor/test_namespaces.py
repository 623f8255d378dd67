"""A supervisor whose sandbox has a network namespace: what runs inside, what comes back, what is left."""

import contextlib
import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from rehearsal.network import probe
from rehearsal.sandbox import ENVIRONMENT_VARIABLE
from rehearsal.supervisor import control, status
from tests.waiting import until
from workspace.processes import with_environment


@pytest.fixture
def network() -> str:
    if problem := probe.attempt():
        pytest.skip(f"no namespaces here: {problem}")
    return "namespaces"


def namespace(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def all_namespaces() -> set[str]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        with contextlib.suppress(OSError):  # the process has ended
            found.add(str(path.readlink()))
    return found


def pids(current: status.SandboxStatus) -> dict[str, int]:
    return {daemon.name: daemon.process.pid for daemon in current.daemons if daemon.process}


def answers(port: int) -> bool:
    with socket.socket() as asking:
        asking.settimeout(5)
        if asking.connect_ex(("127.0.0.1", port)) != 0:
            return False
        try:
            asking.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return asking.recv(100).startswith(b"HTTP/1.0 200")
        except OSError:
            return False


def test_daemons_run_inside_and_answer_outside(sandbox, supervise):
    found = pids(supervise())
    assert namespace(found["first"]) == namespace(found["second"]) != namespace(os.getpid())
    assert namespace(found["network"]) == namespace(os.getpid())
    assert answers(sandbox.ports.apiserver)


def test_a_killed_daemon_comes_back_into_the_same_namespace(sandbox, supervise):
    before = pids(supervise())
    inside = namespace(before["second"])
    os.kill(before["first"], signal.SIGKILL)
    until(lambda: pids(status.read(sandbox)).get("first") not in (None, before["first"]))
    control.wait_until_ready(sandbox)
    assert namespace(pids(status.read(sandbox))["first"]) == inside


@pytest.mark.parametrize("half", ["outside", "inside"])
def test_a_killed_gate_comes_back_and_the_rest_goes_on(sandbox, supervise, half):
    before = pids(supervise())
    gate = psutil.Process(before["network"])
    victim = gate if half == "outside" else gate.children()[0]
    victim.kill()
    until(lambda: pids(status.read(sandbox)).get("network") not in (None, before["network"]))
    until(lambda: answers(sandbox.ports.apiserver))
    after = pids(status.read(sandbox))
    assert {name: after[name] for name in ("first", "second")} == {name: before[name] for name in ("first", "second")}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_a_supervisor(sandbox, supervise, how):
    current = supervise()
    inside = namespace(pids(current)["first"])
    os.kill(current.supervisor.pid, how)
    until(lambda: not list(with_environment(ENVIRONMENT_VARIABLE, str(sandbox.root))))
    assert inside not in all_namespaces()
    assert supervise().supervisor != current.supervisor
