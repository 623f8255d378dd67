"""The database's file: its owner's alone, and never an empty one in the place of one that is gone."""

import os
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from portal.db.engine import Database
from portal.db.people import Team


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.glob("portal.db*")}


@pytest.mark.parametrize("earlier", [None, 0o644])
def test_the_file_and_its_log_are_the_owners_alone(tmp_path: Path, earlier: int | None):
    before = os.umask(0o022)
    try:
        file = tmp_path / "portal.db"
        if earlier is not None:
            file.touch(earlier)
        database = Database(f"sqlite:///{file}")
        database.migrate()
        with database.session() as session:
            session.add(Team(id="search", name="Search"))
        with database.reading():
            assert modes(tmp_path) == dict.fromkeys(("portal.db", "portal.db-wal", "portal.db-shm"), 0o600)
        database.close()
    finally:
        os.umask(before)


def test_a_name_with_signs_of_an_address_is_a_name(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/a #1.db")
    database.migrate()
    assert database.problem() is None
    assert (tmp_path / "a #1.db").exists()
    database.close()


def test_a_file_that_is_not_there_is_not_made_by_a_look(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'portal.db'}")
    with pytest.raises(OperationalError, match="unable to open"), database.reading() as session:
        session.connection()
    assert database.problem() == "does not answer, or has no tables"
    assert modes(tmp_path) == {}
