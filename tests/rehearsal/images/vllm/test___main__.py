"""The vLLM emulator as a process: options, start-up failures, its end."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from rehearsal.images.container import VARIABLE, Container, Mount

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "VLLM_", "AWS_", "XDG_"))}

STREAMED = ["s3://bucket/prefix", "--load-format=runai_streamer"]
# An address that nobody else on this machine listens on.
ADDRESS = f"127.{random.randint(8, 15)}.{random.randint(0, 255)}.{random.randint(2, 254)}"


def start(*arguments: str, container: Container | None = None, **variables: str) -> subprocess.Popen[str]:
    """Start the emulator."""
    seen = container or Container(address=ADDRESS, gpus=1)
    environment = CLEAN | {"HOME": "/root", "LLM_REHEARSAL_LOAD_SECONDS": "0", VARIABLE: seen.to_json()} | variables
    return subprocess.Popen(
        [sys.executable, "-m", "rehearsal.images.vllm", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def refusal(*arguments: str, container: Container | None = None, **variables: str) -> str:
    """What it says before it ends with an error."""
    process = start(*arguments, container=container, **variables)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    return output


@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (["m"], {"gpus": 0}, "Failed to infer device type"),
        (["m", "-tp", "4"], {}, r"World size (4) is larger than the number of available GPUs (1)"),
        (["m", "--dtype=bfloat16"], {"gpu": "T4", "gpu_capability": 7.5}, "Your T4 GPU has compute capability 7.5"),
        (["m"], {"user": 2000, "home": "/home/vllm"}, "[Errno 13] Permission denied: '/root/.cache/vllm'"),
        (["m"], {"read_only_root": True}, "[Errno 30] Read-only file system"),
        (["meta-llama/Meta-Llama-3-8B-Instruct"], {}, "gated repo"),
        (["s3://bucket/prefix"], {}, "'load_format' must be 'runai_streamer'"),
        (["s3://bucket/prefix", "--load-format=runai_streamer"], {}, "Unable to locate credentials"),
        (
            [*STREAMED, '--model-loader-extra-config={"memory_limit":-2}'],
            {},
            "memory_limit must be an integer >= -1, got -2",
        ),
        ([*STREAMED, '--model-loader-extra-config={"memory_limit":"8"}'], {}, "memory_limit must be an integer >= -1"),
        ([*STREAMED, '--model-loader-extra-config={"distributed":1}'], {}, "distributed must be a bool, got 1"),
        ([*STREAMED, '--model-loader-extra-config={"concurrency":0}'], {}, "concurrency must be a positive integer"),
        ([*STREAMED, '--model-loader-extra-config={"limit":1}'], {}, "Unexpected extra config keys for runai_streamer"),
        (["m", "--middleware=no_such_module.Class"], {}, "ModuleNotFoundError"),
    ],
)
def test_start_up_failures(arguments: list[str], changes: dict[str, Any], message: str) -> None:
    assert message in refusal(*arguments, container=Container(**({"address": "127.0.0.1", "gpus": 1} | changes)))


def test_gated_model_with_token_and_mounted_cache(tmp_path: Path) -> None:
    mount = Mount(path="/home/vllm/.cache", host=str(tmp_path))
    seen = Container(address=ADDRESS, gpus=1, user=2000, home="/home/vllm", read_only_root=True, mounts=[mount])
    process = start("meta-llama/X", container=seen, HF_TOKEN="t", HOME="/home/vllm")
    try:
        assert _ready()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("grace", "finishes"), [(20, True), (0, False)])
def test_sigterm(grace: int, *, finishes: bool) -> None:
    """With --shutdown-timeout the request in flight finishes and no new one is taken; without, it is cut off."""
    # Long enough that it runs when SIGTERM comes, on a slow machine too.
    process = start("m", f"--shutdown-timeout={grace}", LLM_REHEARSAL_TOKEN_SECONDS="0.05")
    body = {"prompt": "x", "max_tokens": 60 if finishes else 2_000, "ignore_eos": True}
    answers: list[Any] = []

    def ask() -> None:
        try:
            answer = httpx.post(f"http://{ADDRESS}:8000/v1/completions", json=body, timeout=300, trust_env=False)
            answers.append(answer.json()["usage"]["completion_tokens"])
        except (httpx.HTTPError, json.JSONDecodeError, KeyError) as error:
            answers.append(error)

    try:
        assert _ready()
        worker = threading.Thread(target=ask)
        worker.start()
        _until(lambda: re.search(r"^vllm:num_requests_running\{.*\} 1\.0$", _get("/metrics").text, re.MULTILINE))
        process.send_signal(signal.SIGTERM)
        _until(_refused)
        worker.join()
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert (answers == [60]) is finishes
    finally:
        process.kill()
        process.communicate()


def _get(path: str) -> httpx.Response:
    return httpx.get(f"http://{ADDRESS}:8000{path}", timeout=60, trust_env=False)


def _refused() -> bool:
    try:
        _get("/health")
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        return False
    return False


def _ready() -> bool:
    _until(lambda: not _refused())
    return _get("/health").status_code == 200


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
