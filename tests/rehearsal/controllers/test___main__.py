"""`python -m rehearsal.controllers`: which are built, and the exit code."""

from pathlib import Path

import pytest

from rehearsal.controllers.__main__ import main
from rehearsal.controllers.programs import Program
from rehearsal.engine.toolchain import ToolchainError


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was built; metrics-server cannot be."""
    names: list[str] = []

    def build(program: Program) -> Path:
        names.append(program.name)
        if program.name == "metrics-server":
            raise ToolchainError("cannot build metrics-server: no proxy")
        return Path("/cache") / program.name

    monkeypatch.setattr(Program, "build", build)
    return names


def test_one(built: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["karpenter"]) == 0
    assert built == ["karpenter"]
    assert capsys.readouterr().err == "karpenter: /cache/karpenter\n"


def test_all_are_tried(built: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert built == ["karpenter", "metrics-server", "prometheus", "alertmanager", "keda"]
    assert "error: cannot build metrics-server: no proxy" in capsys.readouterr().err


def test_an_unknown_one(built: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nope"])
    assert (
        "unknown controller nope: choose from karpenter, metrics-server, prometheus, alertmanager"
        in capsys.readouterr().err
    )
    assert built == []
