"""Lock files: one holder, who is named and who holds nothing once dead; a folder in use is not taken away."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lock_holders import Hold, holders, kill
from workspace import locks


@pytest.fixture
def elsewhere() -> Iterator[Hold]:
    """Holds a lock, given as an expression of ``path``, in another process."""
    with holders(
        "from workspace import locks", 'eval(sys.argv[1], {"locks": locks, "path": Path(sys.argv[2])})'
    ) as hold:
        yield hold


def test_a_lock_has_one_holder_who_is_named(tmp_path: Path, elsewhere):
    path = tmp_path / "lock"
    assert locks.holder_of(path) is None
    holder = elsewhere("locks.held(path, 'a much longer name than the next')", path)
    assert locks.holder_of(path) == "a much longer name than the next"
    with pytest.raises(locks.HeldError, match=r"held by a much longer name than the next$"), locks.held(path, "me"):
        pytest.fail("two holders")
    kill(holder)
    assert locks.holder_of(path) is None, "a dead holder holds nothing"
    with locks.held(path, "me"):
        assert locks.holder_of(path) == "me"
    assert locks.holder_of(path) is None


def test_who_waits_gets_the_lock_when_its_holder_is_gone(tmp_path: Path, elsewhere):
    path = tmp_path / "lock"
    holder = elsewhere("locks.waited_for(path)", path)
    assert locks.holder_of(path) == f"pid {holder.pid}"
    threading.Timer(0.1, holder.kill).start()
    with locks.waited_for(path):
        assert holder.wait() != 0


def test_a_folder_in_use_is_not_taken_away(tmp_path: Path, elsewhere):
    elsewhere("locks.in_use(path, 'dev', 'the up of dev')", tmp_path)
    elsewhere("locks.in_use(path, None, 'a preview')", tmp_path)
    killed = elsewhere("locks.in_use(path, 'prod', 'a killed one')", tmp_path)
    kill(killed)
    with pytest.raises(locks.HeldError) as refusal, locks.unused(tmp_path, "me"):
        pytest.fail("taken away under its users")
    assert set(refusal.value.holder.split(", ")) == {"the up of dev", "a preview"}


def test_one_name_has_one_user_and_others_do_not_wait(tmp_path: Path, elsewhere):
    elsewhere("locks.in_use(path, 'dev', 'the up of dev')", tmp_path)
    with pytest.raises(locks.HeldError, match="the up of dev"), locks.in_use(tmp_path, "dev", "me"):
        pytest.fail("two users of one name")
    with (
        locks.in_use(tmp_path, "prod", "me"),
        locks.in_use(tmp_path, None, "me"),
        locks.in_use(tmp_path, None, "me too"),
    ):
        assert len(list(tmp_path.glob("operation-*.lock"))) == 4
    assert {path.name for path in tmp_path.glob("operation-*.lock")} == {"operation-dev.lock", "operation-prod.lock"}


def test_a_folder_being_taken_away_is_waited_for_and_then_gone(tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    refused = []

    def use() -> None:
        try:
            with locks.in_use(folder, "dev", "me"):
                refused.append("used")
        except FileNotFoundError:
            refused.append("gone")

    with locks.unused(folder, "me"):
        with pytest.raises(locks.BeingRemovedError), locks.in_use(folder, "dev", "me", wait=0.1):
            pytest.fail("used while it goes")
        with pytest.raises(locks.HeldError), locks.unused(folder, "me"):
            pytest.fail("taken away twice")
        waiting = threading.Thread(target=use)
        waiting.start()
        shutil.rmtree(folder)
    waiting.join()
    assert refused == ["gone"]
