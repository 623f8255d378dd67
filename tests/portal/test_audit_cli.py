"""``python -m portal audit``: exit codes, and an export for its owner alone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portal.cli import app
from portal.errors import SetupError
from tests.portal.people import Portal


@pytest.fixture
def run(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_SIGN_IN", "local")
    monkeypatch.setenv("PORTAL_DATABASE_URL", sqlite_url)
    return lambda *arguments: CliRunner().invoke(app, ["audit", *arguments])


def test_verify_prints_a_head_that_can_be_expected_later(portal: Portal, run):
    portal.adam.post("/teams/search/lock", reason="x")
    first = run("verify")
    assert (first.exit_code, "1 lines, each follows" in first.output) == (0, True)
    head = first.output.split("head ")[1].strip()
    portal.adam.post("/teams/search/unlock")
    assert run("verify", "--expect", head).exit_code == 0
    wrong = run("verify", "--expect", f"1:{'0' * 64}")
    assert (wrong.exit_code, "is not in it: the log was cut or rewritten" in wrong.output) == (1, True)
    for slip in (head[:-1], head.replace(":", " "), "abc", ""):
        refused = run("verify", "--expect", slip)
        assert isinstance(refused.exception, SetupError)
        assert f"--expect {slip}: is not a head: write ID:HASH" in str(refused.exception)


def test_export_makes_a_new_file_for_its_owner(portal: Portal, run, tmp_path: Path):
    portal.adam.post("/teams/search/lock", reason="x")
    file = tmp_path / "audit.jsonl"
    assert run("export", "--output", str(file)).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["action"] == "team.lock"
    again = run("export", "--output", str(file))
    assert isinstance(again.exception, SetupError)
    assert "File exists" in str(again.exception)
    assert run("export", "--format", "csv").output.startswith("id,at,actor")


def test_a_database_that_is_not_there_is_told(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PORTAL_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    found = run("verify")
    assert isinstance(found.exception, SetupError)
    assert "the database cannot be read (unable to open database file)" in str(found.exception)
    assert not (tmp_path / "none.db").exists()
