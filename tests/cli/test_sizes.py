"""Sizes of a model's files and of its name, in what the commands answer."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.plan import main
from tests.planner.catalog.hub import FakeHub, served
from tests.planner.configs import llama

GIB = 2**30
BEYOND = {"model_type": "unheard_of", "hidden_size": 4096, "expert_groups": 64, "n_ffn_blocks": 7}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(command: str, *words: str) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(sys, "argv", ["llm-plan", command, *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    return ask


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Any:
    for variable in ("HF_TOKEN", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with served() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def folder(path: Path, config: dict[str, Any], total: float | None = None) -> str:
    path.mkdir()
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    if total is not None:
        index = {"metadata": {"total_size": round(total)}, "weight_map": {}}
        (path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("gpu", ["L4", "H100"])
def test_files_of_another_size_make_it_unknown_with_both_numbers(answer: Any, tmp_path: Path, gpu: str) -> None:
    model = folder(tmp_path / "model", llama(), 40.7 * GIB)
    code, found = answer("fit", "--model", model, "--gpu", gpu)
    assert (code, found["verdict"]) == (3, "unknown")
    assert "2.30 GiB by its config.json and 40.70 GiB by model.safetensors.index.json" in found["reasons"][0]
    assert found["weights_gib"] is None
    assert found["kv_tokens"] is None


def test_files_of_the_same_size_change_nothing(answer: Any, tmp_path: Path) -> None:
    plain = answer("fit", "--model", folder(tmp_path / "a", llama()), "--gpu", "L4")
    sized = answer("fit", "--model", folder(tmp_path / "b", llama(), 2_471_645_608), "--gpu", "L4")
    assert sized[1]["per_gpu"] == plain[1]["per_gpu"]
    assert sized[0] == plain[0] == 0


@pytest.mark.parametrize(("command", "words"), [("fit", ("--gpu", "H100")), ("recommend", ("--context", "4K"))])
def test_a_hub_with_another_size(answer: Any, hub: FakeHub, command: str, words: tuple[str, ...]) -> None:
    hub.file("open/model", "config.json", llama())
    hub.api(
        "open/model",
        {
            "siblings": [{"rfilename": "model.safetensors", "size": 43_000_000_000}],
            "safetensors": {"parameters": {"BF16": 21_500_000_000}},
        },
    )
    code, found = answer(command, "--model", "open/model", *words)
    assert code == 3
    said = found["reasons"] if command == "fit" else [ruled["reason"] for ruled in found["ruled_out"]]
    assert any("1.24 billion parameters by its config.json and 21.50 billion by" in reason for reason in said)


def test_a_size_in_the_name_of_a_repository(answer: Any, hub: FakeHub) -> None:
    hub.file("baidu/ERNIE-9-21B-A3B", "config.json", llama())
    code, found = answer("fit", "--model", "baidu/ERNIE-9-21B-A3B", "--gpu", "H100")
    assert code == 3
    assert "1.24 billion parameters by its config.json and 21B by its name" in found["reasons"][0]


def test_the_size_of_the_files_is_that_of_what_is_not_computed(answer: Any, tmp_path: Path) -> None:
    model = folder(tmp_path / "model", llama(**BEYOND), 40.7 * GIB)
    code, found = answer("fit", "--model", model, "--gpu", "H100")
    assert (code, found["verdict"], found["weights_gib"]) == (3, "unknown", 40.7)
    code, found = answer("fit", "--model", model, "--gpu", "L4")
    assert (code, found["verdict"], found["weights_gib"]) == (1, "refused", 40.7)
    assert "40.7 GiB" in found["reasons"][0]
    code, found = answer("recommend", "--model", model, "--context", "4K")
    assert (code, found["options"]) == (3, [])
    assert any("40.7 GiB" in ruled["reason"] for ruled in found["ruled_out"])
