"""The world below a portal: in use while it runs, missed when it is gone."""

import os
import socket
from pathlib import Path

import pytest

from portal.errors import SetupError
from portal.runner.world import World
from rehearsal.workspace import holds
from rehearsal.world import World as Rehearsed
from rehearsal.worlds import free_ports


@pytest.fixture
def world(tmp_path: Path) -> Rehearsed:
    root = tmp_path / "world"
    root.mkdir()
    return Rehearsed(root=root, name="world", ports=free_ports())


def of(root: Path, *answers_at: str) -> World:
    return World.of({"in_use": {"lock": str(root / "operations.lock"), "holders": str(root)}, "answers_at": answers_at})


def test_no_rehearsal_no_world():
    with World.of({}).in_use():
        assert World.of({}).lost() is None


def test_it_is_not_taken_down_under_a_portal(world):
    holds.world_file(world).touch()
    told = rf"world {world.name} is in use by `python -m portal serve` \(pid {os.getpid()}\)"
    with of(world.root).in_use(), pytest.raises(holds.HeldError, match=told), holds.nobody_at_work(world):
        pytest.fail("it was given away")
    with holds.nobody_at_work(world):
        assert list(world.root.glob("operation-*.lock")) == []
        with pytest.raises(SetupError, match="is being taken down"), of(world.root).in_use():
            pytest.fail("it was taken up again")


def test_a_portal_does_not_start_on_a_world_that_is_gone(tmp_path: Path):
    with pytest.raises(SetupError, match="the rehearsal world is gone"), of(tmp_path / "none").in_use():
        pytest.fail("there is no world")


def test_what_was_taken_away_or_does_not_answer_is_missed(tmp_path: Path):
    assert "is gone" in str(of(tmp_path / "portal").lost())
    (tmp_path / "operations.lock").touch()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert of(tmp_path, address).lost() is None
    assert of(tmp_path, address).lost() == f"the rehearsal world does not answer at {address}"
