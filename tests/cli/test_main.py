"""The command itself: what it offers, and how it ends."""

import sys

import pytest

from cli.main import main
from cli.plan import main as llm_plan
from settings.version import VERSION


def run(monkeypatch: pytest.MonkeyPatch, entry, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["command", *arguments])
    with pytest.raises(SystemExit) as ended:
        entry()
    return int(ended.value.code or 0)


FIT = ("fit", "--model", "Qwen/Qwen3-8B", "--instance", "g5.2xlarge", "--max-model-len", "8K")


def test_plan_is_what_llm_plan_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(monkeypatch, llm_plan, *FIT)
    before = capsys.readouterr().out
    assert "KV cache" in before
    assert run(monkeypatch, main, "plan", *FIT) == code == 0
    assert capsys.readouterr().out == before


def test_bad_use_is_one_line_and_exit_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, main, "plan", "cost", "--stack", "nowhere") == 2
    assert capsys.readouterr().err.startswith("llm-platform: there is no stack file")


@pytest.mark.parametrize("entry", [main, llm_plan])
def test_the_version_is_that_of_the_release(monkeypatch, capsys, entry):
    assert run(monkeypatch, entry, "--version") == 0
    assert capsys.readouterr().out == f"llm-platform {VERSION}\n"
