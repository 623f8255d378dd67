"""The list of files that checks read."""

from pathlib import Path

from tools.files import ROOT, listed


def test_tracked_files_are_listed_and_ignored_ones_are_not():
    assert Path("tools/files.py") in listed()
    assert not [path for path in listed() if path.parts[0] in {".venv", ".rehearsal", ".mypy_cache"}]
    assert all((ROOT / path).is_file() for path in listed()[:50])
