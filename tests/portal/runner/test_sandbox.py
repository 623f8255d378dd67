"""The sandbox below a portal: in use while it runs, missed when it is gone."""

import os
import socket
from pathlib import Path

import pytest

from portal.errors import SetupError
from portal.runner.sandbox import Sandbox
from rehearsal.sandbox import Sandbox as Rehearsed
from rehearsal.sandboxes import free_ports
from rehearsal.stacks import stack_lock
from workspace import locks


@pytest.fixture
def sandbox(tmp_path: Path) -> Rehearsed:
    root = tmp_path / "sandbox"
    root.mkdir()
    return Rehearsed(root=root, name="sandbox", ports=free_ports())


def of(root: Path, *answers_at: str) -> Sandbox:
    return Sandbox.of(
        {"in_use": {"lock": str(root / "operations.lock"), "holders": str(root)}, "answers_at": answers_at}
    )


def test_no_rehearsal_no_sandbox():
    with Sandbox.of({}).in_use():
        assert Sandbox.of({}).lost() is None


def test_it_is_not_taken_down_under_a_portal(sandbox):
    locks.gate(sandbox.root).touch()
    told = rf"sandbox {sandbox.name} is in use by `python -m portal serve` \(pid {os.getpid()}\)"
    with of(sandbox.root).in_use(), pytest.raises(stack_lock.HeldError, match=told), stack_lock.out_of_use(sandbox):
        pytest.fail("it was given away")
    with stack_lock.out_of_use(sandbox):
        assert list(sandbox.root.glob("operation-*.lock")) == []
        with pytest.raises(SetupError, match="is being taken down"), of(sandbox.root).in_use():
            pytest.fail("it was taken up again")


def test_a_portal_does_not_start_on_a_sandbox_that_is_gone(tmp_path: Path):
    with pytest.raises(SetupError, match="the rehearsal sandbox was deleted"), of(tmp_path / "none").in_use():
        pytest.fail("there is no sandbox")


def test_what_was_taken_away_or_does_not_answer_is_missed(tmp_path: Path):
    assert "was deleted" in str(of(tmp_path / "portal").lost())
    (tmp_path / "operations.lock").touch()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert of(tmp_path, address).lost() is None
    assert of(tmp_path, address).lost() == f"the rehearsal sandbox does not answer at {address}"
