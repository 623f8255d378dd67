"""One operation a stack at a time, and no sandbox taken away under it; a dead holder holds nothing."""

import os
from functools import partial

import pytest

from rehearsal.sandbox import SandboxError
from rehearsal.sandboxes import remove
from rehearsal.stacks import stack_lock
from tests.lock_holders import holders, kill


@pytest.fixture
def elsewhere(sandbox):
    """Holds a stack in another process."""
    imports = "from rehearsal.stacks import stack_lock\nfrom rehearsal.sandbox import Sandbox"
    held = "stack_lock.operation(Sandbox.load(Path(sys.argv[1])), sys.argv[2], sys.argv[3])"
    with holders(imports, held) as hold:
        yield partial(hold, sandbox.root)


def test_a_stack_is_held_by_one_operation_which_is_named(sandbox, elsewhere):
    process = elsewhere("dev", "up")
    with (
        pytest.raises(stack_lock.HeldError, match=rf"stack dev is held by `rehearse up` \(pid {process.pid}\); wait"),
        stack_lock.operation(sandbox, "dev", "destroy"),
    ):
        pytest.fail("the stack was given twice")


def test_previews_and_other_stacks_do_not_wait(sandbox, elsewhere):
    elsewhere("dev", "up")
    with stack_lock.operation(sandbox, "dev", "preview"), stack_lock.operation(sandbox, "team-a", "up"):
        pass


def test_a_killed_holder_holds_nothing(sandbox, elsewhere):
    process = elsewhere("dev", "up")
    kill(process)
    with stack_lock.operation(sandbox, "dev", "up"):
        assert f"pid {os.getpid()}" in (sandbox.root / "operation-dev.lock").read_text()
    assert (sandbox.root / "operation-dev.lock").read_text() == ""


@pytest.mark.parametrize(
    ("operation", "told"), [("up", r"`rehearse up` \(pid \d+\)"), ("preview", r"`rehearse preview` \(pid \d+\)")]
)
def test_a_sandbox_in_use_stays(sandbox, elsewhere, operation, told):
    elsewhere("dev", operation)
    with pytest.raises(stack_lock.HeldError, match=f"in use by {told}"), stack_lock.out_of_use(sandbox):
        pytest.fail("the sandbox was given away")


def test_a_killed_holder_is_not_named(sandbox, elsewhere):
    kill(elsewhere("dev", "up"))
    elsewhere("dev", "preview")
    with (
        pytest.raises(stack_lock.HeldError, match=r"in use by `rehearse preview` \(pid \d+\);"),
        stack_lock.out_of_use(sandbox),
    ):
        pytest.fail("the sandbox was given away")


def test_a_sandbox_at_rest_may_go(sandbox):
    with stack_lock.operation(sandbox, "dev", "up"):
        pass
    with stack_lock.out_of_use(sandbox):
        remove(sandbox)
    with pytest.raises(SandboxError, match="taken down meanwhile"), stack_lock.operation(sandbox, "dev", "up"):
        pytest.fail("there is no sandbox any more")
