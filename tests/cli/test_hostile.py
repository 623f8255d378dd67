"""Whatever a configuration and the options hold: an answer in numbers that can be, or one line and exit code 2, in time."""

import contextlib
import io
import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.plan import main
from tests.cli.hostile import VALUES, configurations, fit_options, recommend_options
from tests.cli.hostile_stacks import stack_files
from tests.planner.configs import llama
from tests.soak import examples

pytestmark = [pytest.mark.thorough, pytest.mark.soak]

SECONDS = 30.0
"""Of a processor, for one answer: what never ends is a failure, a slow machine is none."""
MAY_BE_NEGATIVE = "kv"
"""``per_gpu.kv``, where even the rest does not fit."""


def run(*words: str) -> tuple[int, str, str, float]:
    """Exit code, standard output, standard error and CPU seconds of one command."""
    out, err, kept = io.StringIO(), io.StringIO(), sys.argv
    start = time.process_time()
    sys.argv = ["llm-plan", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = kept
    return int(ended.value.code or 0), out.getvalue(), err.getvalue(), time.process_time() - start


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of an answer, with its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def check(*words: str) -> None:
    """Run a command; it must end as promised."""
    code, out, err, seconds = run(*words)
    assert seconds < SECONDS
    assert code in {0, 1, 2, 3}
    if code == 2:
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.rstrip("\n").isprintable()
        assert "defect" not in err, err
        return
    assert err.count("\n") <= 1, err
    if "--json" not in words:
        return
    answer = json.loads(out)
    for path, number in numbers(answer):
        assert math.isfinite(number), path
        assert number >= 0 or path.endswith(f".per_gpu.{MAY_BE_NEGATIVE}"), path
    for fit in [answer, *(option["fit"] for option in answer.get("options", ()))]:
        if "verdict" in fit:
            _check_fit(fit)
    if "verdict" in answer:
        assert code == {"fits": 0, "refused": 1, "unknown": 3}[answer["verdict"]]


def _check_fit(fit: dict[str, Any]) -> None:
    assert fit["fits"] is (fit["verdict"] == "fits")
    assert fit["fits"] is not bool(fit["reasons"])
    assert not (fit["verdict"] == "refused" and any("not computed" in reason for reason in fit["reasons"]))
    if fit["kv_tokens"] is None:  # an encoder has no cache
        assert fit["kv_tokens_range"] is fit["max_request_tokens"] is fit["concurrent_requests"] is None
    elif fit["fits"]:
        # kv_tokens is no bound: before vLLM counted by concurrency, a cache with sliding windows printed fewer tokens
        # than the longest request that it holds (kv_cache_utils.py of 0.10).
        assert fit["concurrent_requests"] >= 1
        assert fit["max_request_tokens"] >= fit["max_model_len"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model") / "config.json"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "Pulumi.changed.yaml"


@examples(100)
@given(configurations(), fit_options(), st.sampled_from([["--json"], []]))
def test_fit_of_a_changed_configuration(
    file: Path, config: dict[str, Any], options: list[str], form: list[str]
) -> None:
    file.write_text(json.dumps(config), encoding="utf-8")
    check("fit", "--model", str(file), *options, *form)


@examples(100)
@given(configurations(), st.sampled_from(["L4", "H100"]))
def test_fit_of_a_changed_configuration_with_plain_options(file: Path, config: dict[str, Any], gpu: str) -> None:
    file.write_text(json.dumps(config), encoding="utf-8")
    check("fit", "--model", str(file), "--gpu", gpu, "--json")


@examples(100)
@given(
    st.sampled_from(["Qwen/Qwen3-8B", "openai/gpt-oss-20b", "google/gemma-3-4b-it", "deepseek-ai/DeepSeek-V3"]),
    fit_options(),
)
def test_fit_with_any_options(name: str, options: list[str]) -> None:
    check("fit", "--model", name, *options, "--json")


@examples(50)
@given(configurations(), recommend_options())
def test_recommend_for_a_changed_configuration(file: Path, config: dict[str, Any], options: list[str]) -> None:
    file.write_text(json.dumps(config), encoding="utf-8")
    check("recommend", "--model", str(file), *options, "--json")


@examples(100)
@given(VALUES | st.binary(max_size=40))
@example([])
@example(b"\xef\xbb\xbf{}")
@example(json.dumps(llama()).encode("utf-16"))
@example(b"[" * 200_000)
def test_fit_of_anything(file: Path, content: Any) -> None:
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    check("fit", "--model", str(file), "--gpu", "L4", "--json")


@examples(75)
@given(stack_files())
def test_cost_of_a_changed_stack(stack: Path, content: str) -> None:
    stack.write_bytes(content.encode("utf-8", "surrogatepass"))
    code, out, err, seconds = run("cost", "--stack", str(stack), "--json")
    assert seconds < SECONDS
    if code == 2:
        assert out == ""
        assert all(line.isprintable() for line in err.splitlines())  # an issue on each
        assert "defect" not in err, err
        return
    assert code in {0, 1}
    assert all(math.isfinite(number) and number >= 0 for _, number in numbers(json.loads(out)))


@examples(100)
@given(st.text(max_size=40).filter(lambda text: "/" not in text))
def test_fit_of_any_name(name: str) -> None:
    check("fit", f"--model={name}", "--gpu", "L4", "--json")
