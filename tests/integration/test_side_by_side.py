"""Two sandboxes at the same time, and what is left when they go."""

import socket
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from rehearsal.commands import inspection
from rehearsal.commands.exit_codes import ExitCode
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.sandboxes import find, open_or_create
from rehearsal.supervisor import control, status
from workspace.processes import with_environment

NAMES = ("side-one", "side-two")


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[list[Sandbox]]:
    made = [open_or_create(name)[0] for name in NAMES]
    for sandbox in made:
        control.ensure_started(sandbox, print)
    yield made
    for name in NAMES:
        inspection.down(name, every_sandbox=False, keep=False)


def listening(sandbox: Sandbox) -> list[str]:
    found = []
    for name, port in asdict(sandbox.ports).items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                found.append(name)
    return found


def test_both_are_ready(sandboxes):
    for sandbox in sandboxes:
        assert status.read(sandbox).ready


def test_stop_keep_and_start_again(sandboxes):
    first = sandboxes[0]
    assert inspection.down(first.name, every_sandbox=False, keep=True) is ExitCode.DONE
    assert listening(first) == []
    assert status.read(sandboxes[1]).ready
    assert control.ensure_started(first, print).ready


def test_one_goes_without_a_trace_and_the_other_stays(sandboxes):
    first, second = sandboxes
    inspection.down(first.name, every_sandbox=False, keep=False)
    assert listening(first) == []
    assert list(with_environment(ENVIRONMENT_VARIABLE, str(first.root))) == []
    assert find(first.name) is None
    assert not first.root.exists()
    assert status.read(second).ready
