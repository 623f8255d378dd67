"""`curl`, as in the examples of the documentation."""

import json
import shutil
import subprocess
import time

import pytest

from tests.gateway.clients.conftest import EMBED, Gateway

SAID = "emulator of vLLM"
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(gateway: Gateway, path: str, body: dict[str, object], *options: str, key: str = "") -> tuple[int, str]:
    """Its exit code and what it printed."""
    headers = ("-H", f"Authorization: Bearer {key or gateway.key}", "-H", "Content-Type: application/json")
    command = ("curl", "-sS", "--noproxy", "*", *options, f"{gateway.url}/{path}", *headers, "-d", "@-")
    done = subprocess.run(command, input=json.dumps(body), capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout


def chat(**more: object) -> dict[str, object]:
    return {"model": "qwen", "messages": [{"role": "user", "content": "hello"}], **more}


def test_chat_stream_and_embeddings(gateway: Gateway) -> None:
    _, whole = curl(gateway, "chat/completions", chat())
    said = json.loads(whole)["choices"][0]["message"]["content"]
    assert SAID in said
    _, stream = curl(gateway, "chat/completions", chat(stream=True), "-N")
    *events, end = [line.removeprefix("data: ") for line in stream.splitlines() if line]
    choices = [choice for event in events for choice in json.loads(event)["choices"]]
    assert ("".join(choice["delta"].get("content") or "" for choice in choices), end) == (said, "[DONE]")
    _, embedded = curl(gateway, "embeddings", {"model": EMBED, "input": "hello"})
    assert len(json.loads(embedded)["data"][0]["embedding"]) == 64


def test_a_body_above_a_megabyte_is_sent_at_once_or_after_100_continue(gateway: Gateway) -> None:
    body = chat(messages=[{"role": "user", "content": "x" * 1_000_000}])
    for expect in ("Expect: 100-continue", "Expect:"):
        code, said = curl(gateway, "chat/completions", body, "-H", expect, "--max-time", "60")
        assert (code, json.loads(said)["error"]["code"]) == (0, 400), "the model's context is shorter"


def test_errors(gateway: Gateway) -> None:
    code, said = curl(gateway, "chat/completions", chat(), "--fail-with-body", key="sk-llm-wrong")
    assert (code, json.loads(said)["error"]["code"]) == (22, "invalid_api_key")
    code, said = curl(gateway, "chat/completions", chat(model="gpt-5"), "--fail-with-body")
    assert (code, json.loads(said)["error"]["code"]) == (22, "model_not_found")


def test_its_retries_wait_as_long_as_the_gateway_says(gateway: Gateway) -> None:
    retry = ("--retry", "4", "--fail-with-body", "-w", "%{http_code}")
    for _ in range(3):
        code, status = curl(gateway, "chat/completions", chat(max_tokens=1), *retry, key=gateway.slow_key)
        assert (code, status[-3:]) == (0, "200")
    begun = time.monotonic()
    with gateway.refusing() as key:
        assert curl(gateway, "chat/completions", chat(), *retry, key=key)[1][-3:] == "200"
    assert time.monotonic() - begun >= 5
