"""Atomic files: whole or not there, and their owner's alone."""

from pathlib import Path

import pytest

from workspace.files import write_atomically


def test_the_file_is_replaced_and_closed_to_others(tmp_path: Path):
    path = tmp_path / "deep" / "er" / "file"
    write_atomically(path, "one")
    write_atomically(path, "two", mode=0o644)
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.parent.stat().st_mode & 0o777 == 0o700
    write_atomically(path, "three")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path):
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
