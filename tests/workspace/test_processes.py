"""Processes: one pid is not one process, and what carries a variable is found and ended."""

import os
import subprocess
import sys
import time
import uuid

import psutil
import pytest

from workspace.processes import ProcessIdentity, end, has_environment, has_run_since, with_environment

VARIABLE = "LLM_PLATFORM_TEST_OF_PROCESSES"
NEVER = 2**22 + 7  # above the largest pid Linux gives


@pytest.fixture
def zombie():
    child = os.fork()
    if child == 0:
        os._exit(0)
    while psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        pass
    yield child
    os.waitpid(child, 0)


@pytest.fixture
def started():
    """Starts a process that sleeps; ``stubborn`` ones ignore SIGTERM."""
    children = []

    def start(value: str, *, stubborn: bool = False) -> subprocess.Popen[str]:
        ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if stubborn else ""
        program = f"import signal, time; {ignore} print(flush=True); time.sleep(60)"
        child = subprocess.Popen(
            [sys.executable, "-c", program], env=os.environ | {VARIABLE: value}, stdout=subprocess.PIPE, text=True
        )
        child.stdout.readline()
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def test_an_identity_is_one_process_only():
    me = ProcessIdentity.of(os.getpid())
    assert me.process().pid == os.getpid()
    assert ProcessIdentity(me.pid, me.started - 5).process() is None
    assert ProcessIdentity.of(NEVER) is None
    assert ProcessIdentity(NEVER, me.started).process() is None


def test_a_zombie_has_ended(zombie):
    assert ProcessIdentity.of(zombie).process() is None
    assert not has_run_since(zombie, time.time() + 60)


def test_who_had_a_pid_at_a_moment():
    assert has_run_since(os.getpid(), time.time())
    assert not has_run_since(os.getpid(), 0.0)
    assert not has_run_since(NEVER, time.time())


def test_what_carries_a_variable_is_found_and_ended(started):
    value = uuid.uuid4().hex
    mild, stubborn, other = started(value), started(value, stubborn=True), started("other")
    found = list(with_environment(VARIABLE, value))
    assert {process.pid for process in found} == {mild.pid, stubborn.pid}
    assert end(found, grace=0.5) == []
    assert list(with_environment(VARIABLE, value)) == []
    assert other.poll() is None


def test_this_process_and_its_ancestors_are_never_found():
    name, value = next(iter(psutil.Process().environ().items()))
    assert not {os.getpid(), os.getppid()} & {process.pid for process in with_environment(name, value)}


def test_a_process_is_found_the_moment_it_is_started():
    for number in range(30):
        value = f"{uuid.uuid4()}"
        with subprocess.Popen(["sleep", "60"], env=os.environ | {VARIABLE: value}) as child:
            try:
                process = psutil.Process(child.pid)
                found = [process] if has_environment(process, VARIABLE, value) else []
                assert found == list(with_environment(VARIABLE, value)) == [process], number
            finally:
                child.kill()


class InExec:
    """A process that the kernel shows as it does within ``execve``, for some looks."""

    def __init__(self, looks: int, program: str = "/usr/bin/sleep") -> None:
        self.looks, self.program = looks, program

    def environ(self) -> dict[str, str]:
        self.looks -= 1
        return {} if self.looks >= 0 else {VARIABLE: "one"}

    def cmdline(self) -> list[str]:
        return [] if self.looks >= 0 else ["sleep", "60"]

    def exe(self) -> str:
        return self.program

    def status(self) -> str:
        return psutil.STATUS_RUNNING


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were slept, which take none."""
    found: list[float] = []
    monkeypatch.setattr("workspace.processes.time.sleep", found.append)
    return found


def test_a_busy_machine_may_leave_a_process_within_exec_for_seconds(slept: list[float]):
    assert has_environment(InExec(looks=5), VARIABLE, "one")
    assert sum(slept) > 5
    assert not has_environment(InExec(looks=100), VARIABLE, "one")


def test_a_thread_of_the_kernel_is_not_waited_for(slept: list[float]):
    assert not has_environment(InExec(looks=100, program=""), VARIABLE, "one")
    assert sum(slept) == 0


def test_a_process_without_any_environment_is_not_waited_for(slept: list[float]):
    with subprocess.Popen(["sleep", "60"], env={}) as child:
        try:
            process = psutil.Process(child.pid)
            while not process.cmdline():
                os.sched_yield()
            assert not has_environment(process, VARIABLE, "one")
            assert sum(slept) == 0
        finally:
            child.kill()
