"""Options of the planner's commands, right and wrong: what they mean, and one line for what they cannot."""

import json
import sys
from pathlib import Path

import pytest

from cli.console import UsageError
from cli.options import tokens
from cli.plan import main
from tests.planner.configs import llama

MODEL = ("--model", "Qwen/Qwen3-8B")
LONG = "9" * 5_000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("16384", 16_384),
        ("16k", 16_000),
        ("16K", 16_384),
        ("1.5k", 1_500),
        ("1m", 1_000_000),
        ("1M", 1_048_576),
        (" 8k ", 8_000),
        ("1", 1),
    ],
)
def test_tokens_are_those_of_vllm(text: str, number: int) -> None:
    assert tokens("--max-model-len", text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "-1",
        "-16k",
        "16kb",
        "1.5K",
        "1.5",
        "1e3",
        "0x10",
        "nan",
        "inf",
        "auto",
        "2t",
        LONG,
        "k",
        "1 k",
        "\n",
    ],
)
def test_what_is_not_a_number_of_tokens(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"^--context '.*' is not a number of tokens: write it like 16384, 16k"
    ) as raised:
        tokens("--context", text)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


FIT = ("fit", *MODEL, "--gpu", "L4")
RECOMMEND = ("recommend", *MODEL, "--context", "4096")
COST = ("cost", "--stack", "dev")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fit",),
        ("fit", "--model"),
        ("fit", "--model", "m" * 5_000, "--gpu", "L4"),
        ("fit", "--model", "a\nb", "--gpu", "L4"),
        ("fit", "--model", "", "--gpu", "L4"),
        ("fit", *MODEL, "--gpu", LONG),
        ("fit", *MODEL, "--gpu", "a\nb\x1b[31m"),
        ("fit", *MODEL, "--gpu", ""),
        ("fit", *MODEL, "--instance", LONG),
        ("fit", *MODEL, "--instance", "a\nb"),
        *((*FIT, option, value) for option in ("--utilization", "--visible-gib", "--cpu-offload-gb") for value in ("nan", "inf", "-1", "-inf", "", "x", "1e400")),
        *((*FIT, option, value) for option in ("--tp", "--pp", "--gpus", "--max-num-seqs", "--max-num-batched-tokens", "--concurrency") for value in ("0", "-1", "1.5", "nan", "", LONG, "1" + "0" * 30)),
        *((*FIT, option, value) for option in ("--dtype", "--kv-cache-dtype", "--quantization", "--weights", "--vllm") for value in ("", "x", LONG, "a\nb")),
        *((*FIT, "--vllm", value) for value in ("0", "-1", "0.", "nan", "0." + LONG, LONG + ".1", "0.8.5.post1x" * 500, "99999.1")),
        (*FIT, "--max-model-len", ""),
        (*FIT, "--svg", ""),
        (*FIT, "--svg", "/nowhere/" + LONG),
        (*FIT, "unexpected"),
        (*FIT, "--nope"),
        *(("recommend", *MODEL, "--context", value) for value in ("", "-1", "nan", LONG)),
        *((*RECOMMEND, option, value) for option in ("--concurrency", "--show") for value in ("0", "-1", "nan", "", LONG)),
        *((*RECOMMEND, "--utilization", value) for value in ("nan", "inf", "0", "-1", "2")),
        *((*RECOMMEND, "--prices", value) for value in ("", ".", "/nowhere", "n" * 5_000)),
        *(("cost", "--stack", value) for value in ("", "nowhere", "s" * 5_000, "a\nb", ".", "/")),
        *((*COST, option, value) for option in ("--nat-gib", "--log-gib") for value in ("nan", "inf", "-1", "1e300", "")),
        *((*COST, "--busy", value) for value in ("nan", "inf", "0", "-1", "2", "")),
        *((*COST, "--compare", value) for value in ("", "s" * 5_000, "a\nb")),
        (*COST, "--project", "p" * 5_000),
        ("nope",),
        ("--nope",),
    ],
    ids=lambda words: " ".join(words)[:60],
)  # fmt: skip
def test_a_wrong_option_is_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "argv", ["llm-plan", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    if words:  # without any it is the help
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert line.startswith("llm-plan: ")
        assert line.isprintable()
        assert len(line) < 500
        assert "defect" not in line


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("llama3.2:3b", "plan it as a service of kind ollama (docs/ollama.md), about 3.8 GiB of main memory"),
        ("library/llama3.2:3b", "of kind ollama"),
        ("llama3.3:3b", "did you mean llama3.2:3b?"),
        ("mistral-large:123b-instruct-q4_K_M", "its size goes into size_gib"),
    ],
)
def test_a_model_of_ollama_has_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["llm-plan", "fit", "--model", name, "--gpu", "L4"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_name_that_contradicts_the_configuration_is_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "ERNIE-4.5-21B-A3B"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(llama()), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["llm-plan", "fit", "--model", str(folder), "--gpu", "H100", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    answer = json.loads(capsys.readouterr().out)
    assert (ended.value.code, answer["verdict"]) == (3, "unknown")
    assert "1.24 billion parameters by its config.json and 21B by its name" in answer["reasons"][0]
    monkeypatch.setattr(sys, "argv", ["llm-plan", "recommend", "--model", str(folder), "--context", "4096"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3
