"""How a program ends: expected failures, usage errors, defects."""

from typing import Annotated

import pytest
import typer

from cli.console import TRACEBACK, UsageError, run

app = typer.Typer(no_args_is_help=True)


@app.command()
def work(how: Annotated[str, typer.Option()] = "well", times: Annotated[int, typer.Option(max=3)] = 1) -> None:
    """Do something."""
    match how:
        case "badly":
            raise UsageError("--how badly is not a way: write well")
        case "secretly":
            raise ValueError("Invalid header value b'Bearer hf_secret'")
        case "deeply":
            raise RecursionError
        case "interrupted":
            raise KeyboardInterrupt
        case "three":
            raise typer.Exit(3)


@app.command()
def rest() -> None:
    """Do nothing, so that there are two commands."""


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def end(*words: str, **options: int) -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["toy", *words])
        with pytest.raises(SystemExit) as exit_:
            run(app, "toy", **options)
        return exit_.value.code, capsys.readouterr().err

    return end


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("work",), 0, ""),
        (("work", "--how", "three"), 3, ""),
        (("work", "--how", "badly"), 2, "toy: --how badly is not a way: write well\n"),
        (
            ("work", "--times", "4"),
            2,
            "toy: Invalid value for '--times': Input should be less than or equal to 3; see `",
        ),
        (("work", "--what"), 2, "toy: No such option: --what"),
        (("work", "--how", "interrupted"), 130, ""),
    ],
)
def test_each_end_has_its_code_and_at_most_a_line(ended, words, code, said) -> None:
    found, printed = ended(*words)
    assert found == code
    assert printed.startswith(said)
    assert printed.count("\n") <= 1


@pytest.mark.parametrize(("how", "kind"), [("secretly", "ValueError"), ("deeply", "RecursionError")])
def test_a_defect_is_one_line_without_what_it_says(ended, monkeypatch, how: str, kind: str) -> None:
    monkeypatch.delenv(TRACEBACK, raising=False)
    code, said = ended("work", "--how", how, unexpected=2)
    assert code == 2
    assert said.startswith(f"toy: {kind} in test_console.py, line ")
    assert said.count("\n") == 1
    assert "hf_secret" not in said


def test_a_defect_can_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["toy", "work", "--how", "secretly"])
    with pytest.raises(ValueError, match="Invalid header"):
        run(app, "toy")
    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(ValueError, match="Invalid header"):
        run(app, "toy", unexpected=2)
