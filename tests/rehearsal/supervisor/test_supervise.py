"""A supervisor keeps its daemons running, and leaves nothing when it ends."""

import os
import signal
import socket

import psutil
import pytest

from rehearsal.sandbox import ENVIRONMENT_VARIABLE, SandboxError
from rehearsal.supervisor import control, status
from rehearsal.supervisor.status import State
from tests.waiting import until
from workspace.processes import with_environment


def by_name(current):
    return {daemon.name: daemon for daemon in current.daemons}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_both_become_ready_and_the_dependent_one_starts_later(supervise):
    daemons = by_name(supervise())
    assert {daemon.state for daemon in daemons.values()} == {State.READY}
    assert daemons["first"].process.started < daemons["second"].process.started


def test_a_killed_daemon_comes_back_as_another_process(sandbox, supervise):
    before = by_name(supervise())["first"]
    os.kill(before.process.pid, signal.SIGKILL)
    until(lambda: by_name(status.read(sandbox))["first"].restarts == 1)
    after = by_name(control.wait_until_ready(sandbox))["first"]
    assert after.process != before.process
    assert after.last_exit == -signal.SIGKILL


def test_stop_ends_every_process_and_port(sandbox, supervise):
    current = supervise()
    pids = [daemon.process.pid for daemon in current.daemons] + [current.supervisor.pid]
    control.stop(sandbox)
    assert status.read(sandbox) is None
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)
    assert not listens(sandbox.ports.moto)
    assert not listens(sandbox.ports.nodes)


def test_daemons_die_with_a_killed_supervisor(sandbox, supervise):
    current = supervise()
    os.kill(current.supervisor.pid, signal.SIGKILL)
    until(lambda: not list(with_environment(ENVIRONMENT_VARIABLE, str(sandbox.root))))
    assert status.read(sandbox) is None


def test_start_stop_and_start_again(sandbox, supervise):
    first = supervise()
    control.stop(sandbox)
    assert supervise().supervisor != first.supervisor


def test_a_second_supervisor_of_the_same_sandbox_stands_back(supervise):
    assert supervise().supervisor == supervise().supervisor


def test_a_status_file_of_a_dead_supervisor_is_not_believed(sandbox, supervise):
    current = supervise()
    control.stop(sandbox)
    stale = status.SandboxStatus(
        supervisor=type(current.supervisor)(os.getpid(), current.supervisor.started - 1000), daemons=current.daemons
    )
    status.write(sandbox, stale)
    assert status.read(sandbox) is None


def test_a_taken_port_is_named_with_its_cure(sandbox):
    with socket.socket() as other:
        other.bind(("127.0.0.1", sandbox.ports.scheduler))
        other.listen()
        with pytest.raises(
            SandboxError, match=rf"port {sandbox.ports.scheduler} \(scheduler\) is taken .*rehearse down"
        ):
            control.ensure_started(sandbox, print)
