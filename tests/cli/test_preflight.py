"""``llm-platform preflight``."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cli import preflight
from cli.main import main
from preflight.finding import error, warning
from preflight.run import OFFLINE, Report
from tests.harness import ROOT


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(report: Report | None, *arguments: str) -> Ran:
        if report is not None:
            monkeypatch.setattr(preflight, "_run", lambda _subject: report)
        monkeypatch.setattr(sys, "argv", ["llm-platform", "preflight", "--project", str(ROOT), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return run


def test_all_well_is_one_line(run: Run) -> None:
    ran = run(Report(findings=()), "--stack", "dev")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "stack dev: nothing found that `make up STACK=dev` would fail on\n"


def test_errors_and_warnings_apart_and_exit_1(run: Run) -> None:
    ran = run(Report(findings=(error("a", "is wrong [fix it]"), warning("b", "may be"))), "--stack", "dev")
    assert ran.code == 1
    assert ran.out.splitlines() == ["1 error", "  a: is wrong [fix it]", "1 warning", "  b: may be"]


def test_warnings_alone_are_exit_0(run: Run) -> None:
    assert run(Report(findings=(warning("b", "may be"),)), "--stack", "dev").code == 0


def test_no_credentials_are_one_line(run: Run) -> None:
    ran = run(Report(findings=(), note=OFFLINE), "-s", "dev")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"llm-platform: {OFFLINE}\n"


def test_json_and_nothing_else(run: Run) -> None:
    ran = run(Report(findings=(error("a", "x"), warning("b", "y")), note="n"), "-s", "dev", "--json")
    found = json.loads(ran.out)
    assert ran.code == 1
    assert (found["stack"], found["region"], found["note"]) == ("dev", "us-east-1", "n")
    assert found["errors"] == [{"level": "error", "where": "a", "message": "x", "refuses": False}]
    assert [one["where"] for one in found["warnings"]] == ["b"]


def test_bad_use_is_exit_2(run: Run) -> None:
    assert run(None, "--stack", "nowhere").code == 2
    ran = run(None, "--stack", "team-example")
    assert ran.code == 2
    assert "is a team stack" in ran.err


def test_the_whole_of_it_without_credentials(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    ran = run(None, "--stack", "prod")
    assert OFFLINE in ran.err
