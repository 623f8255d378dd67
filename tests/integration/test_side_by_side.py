"""Two worlds at the same time, and what is left when they go."""

import socket
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from rehearsal.commands import inspection
from rehearsal.commands.console import ExitCode
from rehearsal.supervisor import control, status
from rehearsal.supervisor.processes import with_environment
from rehearsal.world import ENVIRONMENT_VARIABLE, World
from rehearsal.worlds import find, open_or_create

NAMES = ("side-one", "side-two")


@pytest.fixture(scope="module")
def worlds() -> Iterator[list[World]]:
    made = [open_or_create(name)[0] for name in NAMES]
    for world in made:
        control.ensure_started(world, print)
    yield made
    for name in NAMES:
        inspection.down(name, every_world=False, keep=False)


def listening(world: World) -> list[str]:
    found = []
    for name, port in asdict(world.ports).items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                found.append(name)
    return found


def test_both_are_ready(worlds):
    for world in worlds:
        assert status.read(world).ready


def test_stop_keep_and_start_again(worlds):
    first = worlds[0]
    assert inspection.down(first.name, every_world=False, keep=True) is ExitCode.DONE
    assert listening(first) == []
    assert status.read(worlds[1]).ready
    assert control.ensure_started(first, print).ready


def test_one_goes_without_a_trace_and_the_other_stays(worlds):
    first, second = worlds
    inspection.down(first.name, every_world=False, keep=False)
    assert listening(first) == []
    assert list(with_environment(ENVIRONMENT_VARIABLE, str(first.root))) == []
    assert find(first.name) is None
    assert not first.root.exists()
    assert status.read(second).ready
