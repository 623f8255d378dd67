"""The AWS CLI on PATH."""

from pathlib import Path

import pytest

from preflight.checks.cli import PLATFORM, TEAM, check, judge


@pytest.mark.parametrize(
    ("said", "refusals"),
    [
        ("aws-cli/2.6.9 Python/3.9 Linux", [True]),
        ("aws-cli/2.7.0 Python/3.9 Linux", []),
        ("aws-cli/2.31.2 Python/3.13 Linux", []),
        ("aws-cli/10.0.0", []),
        ("aws-cli/1.23.99 Python/3.8", [True]),
        ("aws-cli/1.24.0 Python/3.8", [False]),
        ("something else", [False]),
    ],
)
def test_versions(said: str, refusals: list[bool]) -> None:
    assert [one.refuses for one in judge("/bin/aws", said, PLATFORM)] == refusals


def test_none_on_path_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (one,) = check()
    assert one.refuses
    assert "not on PATH" in one.message


def test_the_one_on_path_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "aws"
    program.write_text("#!/bin/sh\necho aws-cli/2.5.1 Python/3.9\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (one,) = check()
    assert f"{program} is 2.5.1" in one.message


def test_a_team_stack_is_given_its_own_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (one,) = check(team=True)
    assert one.refuses
    assert "not on PATH, and the platform's kubeconfig runs `aws eks get-token`" in one.message
    (old,) = judge("/bin/aws", "aws-cli/2.6.9 Python/3.9", TEAM)
    assert "kubeconfig" in old.message
