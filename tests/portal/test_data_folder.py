"""The data folder: its owner's alone, one portal's at a time, and not taken away under it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal.data_folder import DataFolder, check_unused
from portal.errors import SetupError

ROOT = Path(__file__).resolve().parents[2]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path):
    data = tmp_path / "data"
    (data / "secrets").mkdir(parents=True)
    files = [data / "portal.db", data / "portal.db-wal", data / "connection.json", data / "secrets" / "dev-search.yaml"]
    for path in files:
        path.write_text("x")
        path.chmod(0o644)
    for path in (data, data / "secrets"):
        path.chmod(0o755)
    outside = tmp_path / "outside"
    outside.write_text("not the portal's")
    outside.chmod(0o644)
    (data / "link").symlink_to(outside)
    DataFolder(data).prepare()
    assert [mode(path) for path in files] == [0o600] * 4
    assert (mode(data), mode(data / "secrets"), mode(outside)) == (0o700, 0o700, 0o644)


def test_a_second_portal_is_told_the_first_ones_pid(tmp_path: Path):
    DataFolder(tmp_path).prepare()
    with DataFolder(tmp_path).held():
        told = rf"a portal \(pid {os.getpid()}\) uses this data folder; stop it first: kill {os.getpid()}"
        with pytest.raises(SetupError, match=told), DataFolder(tmp_path).held():
            pytest.fail("two portals")
        with pytest.raises(SetupError, match=told):
            check_unused(tmp_path)
    check_unused(tmp_path)
    check_unused(tmp_path / "none")


@pytest.fixture
def below(tmp_path: Path) -> Path:
    """A folder with a data folder and a ``bin`` whose ``rehearse`` only says that it was called."""
    (tmp_path / ".portal").mkdir()
    (tmp_path / ".portal" / "portal.db").write_text("rows")
    (tmp_path / "bin").mkdir()
    for name, text in {
        "python": f'exec {sys.executable} "$@"',
        "rehearse": f'echo "$@" >> {tmp_path}/called',
    }.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return tmp_path


def portal_down(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "-f", str(ROOT / "Makefile"), f"BIN={folder / 'bin'}", "portal-down"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ({"f_flag": os.ST_RDONLY}, "is on a read-only file system"),
        ({"f_bavail": 255}, "has no room: less than 1 MiB, or no file more"),
        ({"f_favail": 0}, "has no room: less than 1 MiB, or no file more"),
        ({"f_files": 0, "f_favail": 0}, None),
        ({}, None),
    ],
)
def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: dict[str, int], problem: str | None
):
    usual = {"f_flag": 0, "f_bavail": 256, "f_frsize": 4096, "f_files": 10, "f_favail": 1}
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(**(usual | found)))
    folder = DataFolder(tmp_path)
    with folder.held():
        assert folder.problem() == (problem and f"{tmp_path} {problem}")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_portal_down_leaves_everything_below_a_running_portal(below: Path):
    with DataFolder(below / ".portal").held():
        refused = portal_down(below)
    assert refused.returncode != 0
    assert f"a portal (pid {os.getpid()}) uses this data folder" in refused.stderr
    assert (below / ".portal" / "portal.db").read_text() == "rows"
    assert not (below / "called").exists(), "the sandbox below it stays"
    assert portal_down(below).returncode == 0
    assert not (below / ".portal").exists()
    assert (below / "called").read_text() == "down --sandbox portal\n"
