"""What an emulated engine compiles, and a container that runs a file of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.payloads import compile_once
from rehearsal.images.container import VARIABLE, Container, Mount
from rehearsal.images.vllm import compiled
from rehearsal.images.vllm.options import parse
from rehearsal.images.vllm.script import is_script
from tests.rehearsal.images.vllm.test___main__ import ADDRESS, CLEAN

CACHE = "/home/vllm/.cache"


def container(volume: Path, **changes: object) -> Container:
    facts = {"address": ADDRESS, "gpus": 1, "gpu": "L4", "mounts": [Mount(path=CACHE, host=str(volume))]}
    return Container(**facts | changes)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM's home in the image."""
    monkeypatch.setenv("HOME", "/home/vllm")
    for name in ("XDG_CACHE_HOME", "VLLM_CACHE_ROOT"):
        monkeypatch.delenv(name, raising=False)


def test_an_equal_engine_finds_it_and_another_does_not(tmp_path: Path) -> None:
    place = compiled.folder(parse(["m", "--max-model-len=8192", "--port=1"]), container(tmp_path))
    assert place is not None
    assert place.parent == tmp_path / "vllm" / "torch_compile_cache"
    assert not compiled.found(place)
    compiled.keep(place, 2)
    assert sorted(path.name for path in place.iterdir()) == ["cache_key_factors.json", "rank_0_0", "rank_1_0"]
    assert compiled.found(compiled.folder(parse(["m", "--max-model-len=8192", "--port=2"]), container(tmp_path)))
    assert not compiled.found(compiled.folder(parse(["m", "--max-model-len=4096"]), container(tmp_path)))
    assert not compiled.found(compiled.folder(parse(["m", "--max-model-len=8192"]), container(tmp_path, gpu="L40S")))


def test_a_volume_that_is_not_at_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = compiled.folder(parse(["m"]), container(tmp_path))
    assert place is not None
    assert place.is_relative_to(tmp_path)


def test_without_a_volume_or_without_compiling_nothing_is_written(tmp_path: Path) -> None:
    assert compiled.folder(parse(["m"]), container(tmp_path, mounts=[])) is None
    assert compiled.folder(parse(["m", "--enforce-eager"]), container(tmp_path)) is None
    assert not compiled.found(None)
    compiled.keep(None, 1)


def test_the_warm_up_s_file_runs_the_emulator_and_ends_it(tmp_path: Path) -> None:
    volume, root = tmp_path / "volume", tmp_path / "pod" / "root"
    volume.mkdir()
    seen = container(volume, root=str(root), user=2000, home="/home/vllm")
    script = str(compile_once.__file__)
    assert is_script([script])
    assert not is_script(["serve", "m"])
    variables = {
        "HOME": "/home/vllm",
        "LLM_REHEARSAL_LOAD_SECONDS": "0",
        VARIABLE: seen.to_json(),
        # As the Job sets it, whose pod's address is not that at which it listens here.
        "POD_IP": "10.0.0.7",
        "HEALTH": "http://10.0.0.7:8000/health",
        "MARKER": str(volume / ".there"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal.images.vllm", script, "vllm", "serve", "Qwen/Qwen3-0.6B"],
        env=CLEAN | variables | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the engine was ready after" in done.stderr
    assert list(volume.glob("vllm/torch_compile_cache/*/rank_0_0/computation_graph.py"))
