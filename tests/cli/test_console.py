"""How a program ends: expected failures, usage errors, defects."""

import errno
from typing import Annotated

import pytest
import typer
from rich.console import Console

from cli.console import TRACEBACK, UsageError, plain_table, run

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
        case "onto a full disk":
            raise OSError(errno.ENOSPC, "No space left on device", "/cache/pulumi", None, "/work/bin/pulumi")
        case "beyond its quota":
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
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


@pytest.mark.parametrize("options", [{}, {"unexpected": 2}])
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("onto a full disk", "No space left on device where /work/bin/pulumi is written"),
        ("beyond its quota", "Disk quota exceeded on a disk that it writes to"),
    ],
)
def test_a_full_disk_is_no_defect(ended, monkeypatch: pytest.MonkeyPatch, how: str, said: str, options) -> None:
    assert ended("work", "--how", how, **options) == (1, f"toy: {said}: free some space, then run it again\n")
    monkeypatch.setenv(TRACEBACK, "1")
    monkeypatch.setattr("sys.argv", ["toy", "work", "--how", how])
    with pytest.raises(OSError, match=said[:10]):
        run(app, "toy", **options)


def test_a_plain_table_of_a_narrow_terminal_has_every_letter(capsys: pytest.CaptureFixture[str]) -> None:
    name = "llm-monitoring-gpu/dcgm-exporter-b99s7-x"
    table = plain_table("pod", "node")
    table.add_row(name, "ip-10-0-2-254.ec2.internal")
    Console(width=30, soft_wrap=True).print(table)
    shown = capsys.readouterr().out
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    letters = sorted(shown.replace("\n", "").replace(" ", "").replace("podnode", "", 1))
    assert letters == sorted(f"{name}ip-10-0-2-254.ec2.internal")
