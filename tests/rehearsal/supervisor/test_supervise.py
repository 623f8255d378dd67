"""A supervisor keeps its daemons running, and leaves nothing when it ends."""

import os
import signal
import socket

import psutil
import pytest

from rehearsal.supervisor import control, status
from rehearsal.supervisor.processes import with_environment
from rehearsal.supervisor.status import State
from rehearsal.world import ENVIRONMENT_VARIABLE, WorldError


def by_name(current):
    return {daemon.name: daemon for daemon in current.daemons}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_both_become_ready_and_the_dependent_one_starts_later(supervise):
    daemons = by_name(supervise())
    assert {daemon.state for daemon in daemons.values()} == {State.READY}
    assert daemons["first"].process.started < daemons["second"].process.started


def test_a_killed_daemon_comes_back_as_another_process(world, supervise, wait_for):
    before = by_name(supervise())["first"]
    os.kill(before.process.pid, signal.SIGKILL)
    wait_for(lambda: by_name(status.read(world))["first"].restarts == 1)
    after = by_name(control.wait_until_ready(world))["first"]
    assert after.process != before.process
    assert after.last_exit == -signal.SIGKILL


def test_stop_ends_every_process_and_port(world, supervise):
    current = supervise()
    pids = [daemon.process.pid for daemon in current.daemons] + [current.supervisor.pid]
    control.stop(world)
    assert status.read(world) is None
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)
    assert not listens(world.ports.moto)
    assert not listens(world.ports.nodes)


def test_daemons_die_with_a_killed_supervisor(world, supervise, wait_for):
    current = supervise()
    os.kill(current.supervisor.pid, signal.SIGKILL)
    wait_for(lambda: not list(with_environment(ENVIRONMENT_VARIABLE, str(world.root))))
    assert status.read(world) is None


def test_start_stop_and_start_again(world, supervise):
    first = supervise()
    control.stop(world)
    assert supervise().supervisor != first.supervisor


def test_a_second_supervisor_of_the_same_world_stands_back(supervise):
    assert supervise().supervisor == supervise().supervisor


def test_a_status_file_of_a_dead_supervisor_is_not_believed(world, supervise):
    current = supervise()
    control.stop(world)
    stale = status.WorldStatus(
        supervisor=type(current.supervisor)(os.getpid(), current.supervisor.started - 1000), daemons=current.daemons
    )
    status.write(world, stale)
    assert status.read(world) is None


def test_a_taken_port_is_named_with_its_cure(world):
    with socket.socket() as other:
        other.bind(("127.0.0.1", world.ports.scheduler))
        other.listen()
        with pytest.raises(WorldError, match=rf"port {world.ports.scheduler} \(scheduler\) is taken .*rehearse down"):
            control.ensure_started(world, print)
