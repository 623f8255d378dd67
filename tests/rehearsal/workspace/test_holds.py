"""One operation a stack at a time, and no world taken away under it; a dead holder holds nothing."""

import os
import subprocess
import sys
import textwrap

import pytest

from rehearsal.workspace import holds
from rehearsal.world import WorldError
from rehearsal.worlds import remove

HOLDER = """
import sys
from pathlib import Path
from rehearsal.workspace import holds
from rehearsal.world import World
with holds.operation(World.load(Path(sys.argv[1])), sys.argv[2], sys.argv[3]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def elsewhere(world):
    """Holds a stack in another process."""
    started = []

    def hold(stack: str, operation: str) -> subprocess.Popen:
        command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(world.root), stack, operation]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def test_a_stack_is_held_by_one_operation_which_is_named(world, elsewhere):
    process = elsewhere("dev", "up")
    with (
        pytest.raises(holds.HeldError, match=rf"stack dev is held by `rehearse up` \(pid {process.pid}\); wait"),
        holds.operation(world, "dev", "destroy"),
    ):
        pytest.fail("the stack was given twice")


def test_previews_and_other_stacks_do_not_wait(world, elsewhere):
    elsewhere("dev", "up")
    with holds.operation(world, "dev", "preview"), holds.operation(world, "team-a", "up"):
        pass


def test_a_killed_holder_holds_nothing(world, elsewhere):
    process = elsewhere("dev", "up")
    process.kill()
    process.wait()
    with holds.operation(world, "dev", "up"):
        assert f"pid {os.getpid()}" in (world.root / "operation-dev.lock").read_text()
    assert (world.root / "operation-dev.lock").read_text() == ""


@pytest.mark.parametrize(
    ("operation", "told"), [("up", r"`rehearse up` \(pid \d+\)"), ("preview", "another `rehearse`")]
)
def test_a_world_in_use_stays(world, elsewhere, operation, told):
    elsewhere("dev", operation)
    with pytest.raises(holds.HeldError, match=f"in use by {told}"), holds.nobody_at_work(world):
        pytest.fail("the world was given away")


def test_a_killed_holder_is_not_named(world, elsewhere):
    killed = elsewhere("dev", "up")
    killed.kill()
    killed.wait()
    elsewhere("dev", "preview")
    with pytest.raises(holds.HeldError, match="in use by another `rehearse`;"), holds.nobody_at_work(world):
        pytest.fail("the world was given away")


def test_a_world_at_rest_may_go(world):
    with holds.operation(world, "dev", "up"):
        pass
    with holds.nobody_at_work(world):
        remove(world)
    with pytest.raises(WorldError, match="taken down meanwhile"), holds.operation(world, "dev", "up"):
        pytest.fail("there is no world any more")
