"""``llm-platform coldstart``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.coldstart import bar
from cli.console import UsageError
from cli.main import app
from planner.coldstart.pieces import ColdStart, Name, Piece, Seconds

ROOT = Path(__file__).parents[2]
PIECES = [name.value for name in Name]


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the command in the project's folder."""
    done = CliRunner().invoke(app, ["coldstart", "--project", str(ROOT), *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def test_a_table_and_bars_for_every_type_of_the_pool() -> None:
    code, text = run("--stack", "prod", "--service", "llama-3-70b")
    assert code == 0
    assert "llama-3-70b on g6e.12xlarge" in text
    assert all(piece in text for piece in PIECES)
    assert "qwen-3-8b" not in text
    first, again = (line for line in text.splitlines() if line.startswith(("first ", "again ")))
    assert first.count("C") > again.count("C") > 0


def test_sources_are_addresses() -> None:
    _, text = run("--stack", "prod", "--service", "llama-3-70b", "--sources")
    assert "https://docs.aws.amazon.com/eks/latest/userguide/ml-inference-fast-model-loading.html" in text


def test_json_has_every_piece_of_every_type() -> None:
    code, text = run("--stack", "dev", "--json")
    assert code == 0
    services = json.loads(text)["services"]
    for starts in services.values():
        for start in starts:
            assert [piece["piece"] for piece in start["first"]["pieces"]] == PIECES
            assert start["first"]["total"]["expected"] > start["again"]["total"]["expected"]


def test_a_service_whose_gpus_no_type_of_its_pool_has_is_refused(tmp_path: Path) -> None:
    text, place = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"), "      max_model_len: 8192\n"
    assert text.count(place) == 1
    path = tmp_path / "Pulumi.own.yaml"
    path.write_text(text.replace(place, f"{place}      tensor_parallel: 8\n"), encoding="utf-8")
    for arguments in ((), ("--service", "llama-3-8b"), ("--json",)):
        with pytest.raises(UsageError, match=r"services\.llama-3-8b: no instance type of its pool has the GPUs"):
            run("--stack", str(path), *arguments)


def test_an_unknown_piece_is_said_and_ends_with_one(tmp_path: Path) -> None:
    text = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    place = "      model: Qwen/Qwen3-8B\n"
    assert place in text
    path = tmp_path / "Pulumi.own.yaml"
    path.write_text(
        text.replace(place, f"{place}      image: registry.example.com/own/engine:v0.32.0\n"), encoding="utf-8"
    )
    code, shown = run("--stack", str(path), "--service", "qwen-3-8b")
    assert code == 1
    assert "image_pull: unknown: the size of registry.example.com/own/engine:v0.32.0 is not known" in shown


def test_a_service_with_its_compile_cache_in_the_bucket(tmp_path: Path) -> None:
    text = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    place = "      model: Qwen/Qwen3-8B\n"
    image = f"vllm/vllm-openai:v0.32.0@sha256:{'0a' * 32}"
    path = tmp_path / "Pulumi.own.yaml"
    path.write_text(text.replace(place, f"{place}      image: {image}\n      compile_cache: true\n"), encoding="utf-8")
    code, shown = run("--stack", str(path), "--service", "qwen-3-8b")
    assert code == 0
    assert "again is every pod: its compile cache is in the bucket" in shown
    found = json.loads(run("--stack", str(path), "--json")[1])["services"]
    assert {name: starts[0]["compile_cache"] for name, starts in found.items()} == {
        "llama-3-70b": False,
        "qwen-3-8b": True,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--stack", "prod", "--service", "x"),
            "x is not a vLLM service of the stack: choose from llama-3-70b, qwen-3-8b",
        ),
        (("--stack", "cpu-example"), "has no service of kind vllm"),
        (("--stack", "nope"), "there is no stack file Pulumi.nope.yaml"),
    ],
)
def test_wrong_arguments_get_one_line(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        run(*arguments)
    assert "\n" not in str(raised.value)


def test_a_bar_is_as_long_as_its_share() -> None:
    def start(*seconds: float) -> ColdStart:
        return ColdStart(
            pieces=[
                Piece(name=name, seconds=Seconds(low=0, expected=each, high=each), basis="")
                for name, each in zip(Name, seconds, strict=True)
            ]
        )

    assert bar(start(10, 10, 10, 0, 0, 0, 0), 30) == "L" * 20 + "N" * 20 + "I" * 20
    assert bar(start(0, 0, 0, 15, 0, 0, 0), 30) == "W" * 30 + " " * 30
    assert bar(start(0, 0, 0, 0, 0, 0, 0), 0).strip() == ""
