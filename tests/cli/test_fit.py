"""``llm-plan fit``: the JSON that machines read, the exit codes, and one line for every usage error."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.plan import main
from tests.planner.configs import llama

KEYS = {
    "fits",
    "verdict",
    "reasons",
    "per_gpu",
    "kv_tokens",
    "kv_tokens_range",
    "max_request_tokens",
    "concurrent_requests",
}


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["llm-plan", "fit", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Ask with ``--json``: exit code and answer."""

    def ask(*words: str) -> tuple[int, dict[str, Any]]:
        code = run(monkeypatch, *words, "--json")
        return code, json.loads(capsys.readouterr().out)

    return ask


def test_the_json_has_every_key(asked: Any) -> None:
    code, answer = asked("--model", "Qwen/Qwen3-8B", "--gpu", "H100", "--max-model-len", "16K")
    assert code == 0
    assert set(answer) >= KEYS
    assert set(answer["per_gpu"]) == {"visible", "weights", "activation", "non_torch", "cuda_graphs", "kv"}
    assert answer["fits"] is True
    assert answer["verdict"] == "fits"
    assert answer["reasons"] == []
    low, high = answer["kv_tokens_range"]
    assert low < answer["kv_tokens"] < high
    assert answer["max_request_tokens"] == 40_960
    assert answer["per_gpu"]["visible"] == 79.18


@pytest.mark.parametrize(
    ("words", "code", "verdict"),
    [
        (("--model", "Qwen/Qwen3-8B", "--instance", "g6e.xlarge"), 0, "fits"),
        (("--model", "Qwen/Qwen3-32B", "--instance", "g6e.xlarge"), 1, "refused"),
        (
            ("--model", "Qwen/Qwen3-32B", "--gpu", "L40S", "--gpus", "2", "--tp", "2", "--max-model-len", "8192"),
            0,
            "fits",
        ),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "MI300X", "--visible-gib", "191"), 0, "fits"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "H100", "--vllm", "0.6.0"), 3, "unknown"),
        (("--model", "Qwen/Qwen3-0.6B", "--gpu", "T4", "--dtype", "bfloat16"), 1, "refused"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "H100", "--max-model-len", "41000"), 1, "refused"),
    ],
)
def test_exit_codes(asked: Any, words: tuple[str, ...], code: int, verdict: str) -> None:
    found, answer = asked(*words)
    assert (found, answer["verdict"], answer["fits"]) == (code, verdict, verdict == "fits")
    assert bool(answer["reasons"]) is (verdict != "fits")


def test_a_model_beyond_the_planner_is_unknown(asked: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(llama(model_type="zamba2")), encoding="utf-8")
    code, answer = asked("--model", str(tmp_path), "--gpu", "H100")
    assert (code, answer["verdict"]) == (3, "unknown")
    assert "a hybrid whose attention layers share weights" in answer["reasons"][0]
    assert [answer[key] for key in ("per_gpu", "kv_tokens", "kv_tokens_range", "weights_gib")] == [None] * 4


def test_every_option_reaches_the_planner(asked: Any) -> None:
    words = ("--model", "Qwen/Qwen3-8B", "--gpu", "L40S", "--max-model-len", "8192")
    _, plain = asked(*words)
    for option, changed in {
        ("--utilization", "0.5"): "kv_tokens",
        ("--kv-cache-dtype", "fp8"): "kv_tokens",
        ("--quantization", "fp8"): "per_gpu",
        ("--dtype", "float32"): "per_gpu",
        ("--max-num-seqs", "4"): "per_gpu",
        ("--max-num-batched-tokens", "16384"): "per_gpu",
        ("--enforce-eager",): "per_gpu",
        ("--vllm", "0.8.5"): "per_gpu",
        ("--visible-gib", "47.4"): "per_gpu",
        ("--cpu-offload-gb", "4"): "per_gpu",
        ("--pp", "2"): "per_gpu",
        ("--tp", "2"): "per_gpu",
        ("--concurrency", "500"): "verdict",
    }.items():
        _, answer = asked(*words, *option)
        assert answer[changed] != plain[changed], option


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "Qwen/Qwen3-8B"), "name either --instance, such as g6e.12xlarge, or --gpu"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--instance", "g6.xlarge"), "name either --instance"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "H1000"), "GPU 'H1000' is not in the table"),
        (("--model", "Qwen/Qwen3-8B", "--instance", "g6e.3xlarge"), "g6e.3xlarge"),
        (("--model", "Qwen/Qwen3-8B", "--instance", "m5.xlarge"), "has no GPU"),
        (("--model", "Qwen/Qwen3-8B", "--instance", "g6e.xlarge", "--gpus", "2"), "--gpus goes with --gpu"),
        (("--model", "./nowhere", "--gpu", "L4"), "no such file or folder"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--vllm", "latest"), "is not a version of vLLM"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--max-model-len", "long"), "write it like 16384, 16k (16,000)"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--max-model-len", "0"), "is not a number of tokens"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--quantization", "quip"), "--quantization: nothing is known"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--utilization", "1.5"), "--utilization"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--tp", "0"), "--tp"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--kv-cache-dtype", "fp9"), "--kv-cache-dtype"),
        (("--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--svg", "/nowhere/x.svg"), "--svg: /nowhere/x.svg cannot be"),
        (("--gpu", "L4"), "--model"),
        (("--modle", "x"), "--modle"),
    ],
)
def test_bad_use_is_told_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert run(monkeypatch, *words) == 2
    output = capsys.readouterr()
    assert told in " ".join(output.err.split())
    assert output.out == ""
    assert "Traceback" not in output.err


def test_what_people_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--model", "Qwen/Qwen3-8B", "--instance", "g6.xlarge") == 1
    text = capsys.readouterr().out
    assert text.startswith("Qwen/Qwen3-8B on g6.xlarge (L4), tensor_parallel 1, vLLM 0.32\nrefused\n")
    assert "one request of 40,960 tokens needs 5.6 GiB of KV cache a GPU" in text
    assert 'note: g6.xlarge counts 4 vCPUs against the quota "Running On-Demand G and VT instances"' in text


def test_a_chart_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chart = tmp_path / "memory.svg"
    assert run(monkeypatch, "--model", "Qwen/Qwen3-8B", "--gpu", "L40S", "--svg", str(chart)) == 0
    assert chart.read_text(encoding="utf-8").startswith("<svg ")


def test_the_entry_point_is_installed() -> None:
    command = Path(sys.executable).with_name("llm-plan")
    ended = subprocess.run(
        [command, "fit", "--model", "Qwen/Qwen3-8B", "--gpu", "L4", "--json"],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["verdict"] == "refused"


def test_a_model_beyond_the_planner_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "config.json").write_text(json.dumps(llama(model_type="zamba2")), encoding="utf-8")
    chart = tmp_path / "memory.svg"
    assert run(monkeypatch, "--model", str(tmp_path), "--gpu", "H100", "--svg", str(chart)) == 3
    printed = capsys.readouterr()
    assert "not computed: a hybrid whose attention layers share weights" in printed.out
    assert "GiB a GPU" not in printed.out
    assert "KV cache" not in printed.out
    assert printed.err.startswith("--svg: ")
    assert not chart.exists()
