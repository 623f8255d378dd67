"""``llm-plan recommend``: the table, the JSON, the exit codes."""

import json
import sys
from pathlib import Path

import pytest

from cli import console
from cli.plan import main
from tests.planner.configs import llama


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["llm-plan", "recommend", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("model", ["Qwen/Qwen3-8B", "meta-llama/Llama-3.1-70B-Instruct"])
def test_the_table_of_a_usual_terminal_cuts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    monkeypatch.setattr(console.OUT, "width", 80)
    words = ("--model", model, "--context", "32K", "--concurrency", "16")
    assert run(monkeypatch, *words) == 0
    shown = capsys.readouterr().out
    assert run(monkeypatch, *words, "--json") == 0
    options = json.loads(capsys.readouterr().out)["options"]
    assert options
    table = shown[: shown.index("prices: ")].splitlines()
    assert max(len(line) for line in table) <= 80
    assert not any("\N{HORIZONTAL ELLIPSIS}" in line for line in table)
    first = [line.split()[0] for line in table if " x " in line]
    assert first == [option["instance_type"] for option in options[: len(first)]]
    for title in ("instance type", "replicas", "tokens", "requests", "$/month"):
        assert title in shown


def test_the_json_is_the_ranking(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--model", "meta-llama/Llama-3.1-70B-Instruct", "--context", "16K", "--concurrency", "32", "--json")
    assert run(monkeypatch, *words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["context"], answer["concurrency"]) == (16_384, 32)
    assert "us-east-1" in answer["prices"]
    assert all(option["fit"]["fits"] for option in answer["options"])
    assert all(ruled["reason"] for ruled in answer["ruled_out"])
    prices = [option["usd_per_hour"] for option in answer["options"]]
    assert prices == sorted(prices)


def test_what_people_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--model", "meta-llama/Llama-3.1-70B-Instruct", "--context", "16K", "--concurrency", "32", "--show", "4")
    assert run(monkeypatch, *words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "meta-llama/Llama-3.1-70B-Instruct: 32 requests of 16,384 tokens at once"
    assert any(line.startswith("ruled out, though cheaper") for line in lines)
    assert any("leave nothing" in line or "are left" in line for line in lines)
    assert lines[-1].strip().startswith("and ")


def test_one_request_is_not_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--model", "meta-llama/Llama-3.1-70B-Instruct", "--context", "16K") == 0
    assert capsys.readouterr().out.startswith("meta-llama/Llama-3.1-70B-Instruct: 1 request of 16,384 tokens\n")


def test_own_prices_count(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("--model", "Qwen/Qwen3-8B", "--context", "8K", "--json")
    assert run(monkeypatch, *words) == 0
    dearest = json.loads(capsys.readouterr().out)["options"][-1]["instance_type"]
    own = tmp_path / "reserved.json"
    own.write_text(json.dumps({"instances": {dearest: {"usd_per_hour": 0.01}}}), encoding="utf-8")
    assert run(monkeypatch, *words, "--prices", str(own)) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["options"][0]["instance_type"], answer["options"][0]["usd_per_hour"]) == (dearest, 0.01)
    assert answer["prices"].endswith("those of reserved.json")


@pytest.mark.thorough
def test_nothing_fits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps(llama(num_hidden_layers=2_000, hidden_size=65_536)), encoding="utf-8"
    )
    assert run(monkeypatch, "--model", str(tmp_path), "--context", "4K") == 1
    output = capsys.readouterr()
    assert output.err == "llm-plan: no instance type in the table holds it\n"


def test_what_cannot_be_computed_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(llama(model_type="zamba2")), encoding="utf-8")
    assert run(monkeypatch, "--model", str(tmp_path), "--context", "4K") == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "Qwen/Qwen3-8B", "--context", "much"), "'much' is not a number of tokens"),
        (("--model", "Qwen/Qwen3-8B"), "--context"),
        (("--model", "Qwen/Qwen3-8B", "--context", "4K", "--prices", "nowhere.json"), "nowhere.json: cannot be read"),
        (("--model", "./nowhere", "--context", "4K"), "no such file or folder"),
        (("--model", "Qwen/Qwen3-8B", "--context", "4K", "--concurrency", "0"), "--concurrency"),
        (("--model", "Qwen/Qwen3-8B", "--context", "4K", "--vllm", "new"), "is not a version"),
    ],
)
def test_bad_use_is_told_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert run(monkeypatch, *words) == 2
    output = capsys.readouterr()
    assert told in " ".join(output.err.split())
    assert output.out == ""
