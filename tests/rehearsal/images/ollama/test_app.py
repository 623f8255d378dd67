"""Ollama's emulator: its two APIs over a model on disk, its slots, its queue."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from planner.ollama import known_ollama_model
from rehearsal.images.container import Container, Mount
from rehearsal.images.ollama.__main__ import address, writable
from rehearsal.images.ollama.app import build
from rehearsal.images.ollama.native import Ollama
from rehearsal.images.ollama.registry import manifest
from rehearsal.images.ollama.scheduler import Limits, Scheduler, duration
from rehearsal.images.ollama.store import Name, Store

MODEL = "llama3.1:8b"
HELLO = [{"role": "user", "content": "hello"}]


def fill(root: Path) -> None:
    """Write the model as `ollama pull` would."""
    model = known_ollama_model(MODEL)
    assert model
    document, blobs = manifest(model)
    for digest, data in blobs.items():
        file = root / "blobs" / digest.replace(":", "-")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    file = root / "manifests/registry.ollama.ai/library/llama3.1/8b"
    file.parent.mkdir(parents=True)
    file.write_bytes(document)


class Server:
    """The emulator in this process."""

    def __init__(self, root: Path, limits: Limits, token_seconds: float = 0.0) -> None:
        self.scheduler = Scheduler(limits)
        self.ollama = Ollama(Store(root), self.scheduler, token_seconds=token_seconds, writable=False)

    def run(self, conversation: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """Hold a conversation with it."""

        async def held() -> Any:
            transport = httpx.ASGITransport(app=build(self.ollama), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://pod", timeout=30) as http:
                return await conversation(http)

        return asyncio.run(held())

    def post(self, path: str, **body: Any) -> httpx.Response:
        """POST once."""
        answer: httpx.Response = self.run(lambda http: http.post(path, json=body))
        return answer

    def get(self, path: str) -> httpx.Response:
        """GET once."""
        answer: httpx.Response = self.run(lambda http: http.get(path))
        return answer


@pytest.fixture
def server(tmp_path: Path) -> Server:
    fill(tmp_path)
    return Server(tmp_path, Limits(parallel=2))


def test_models_on_disk(server: Server) -> None:
    [listed] = server.get("/api/tags").json()["models"]
    assert (listed["name"], listed["details"]["quantization_level"]) == (MODEL, "Q4_K_M")
    assert server.get("/v1/models").json()["data"][0]["id"] == MODEL
    assert server.get(f"/v1/models/{MODEL}").status_code == 200
    assert server.post("/api/show", model=MODEL).json()["details"]["family"] == "llama"


def test_a_model_with_a_missing_blob_is_absent(server: Server) -> None:
    next((server.ollama.store.root / "blobs").iterdir()).unlink()
    assert server.get("/api/tags").json() == {"models": []}
    answer = server.get(f"/v1/models/{MODEL}")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


def test_native_answers(server: Server) -> None:
    whole = server.post("/api/chat", model=MODEL, messages=HELLO, stream=False).json()
    assert "emulator of Ollama" in whole["message"]["content"]
    assert (whole["done"], whole["done_reason"]) == (True, "stop")
    streamed = server.post("/api/generate", model=MODEL, prompt="hello")
    assert streamed.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in streamed.text.splitlines()]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["eval_count"] == len(lines) - 1
    short = server.post("/api/generate", model=MODEL, prompt="x", stream=False, options={"num_predict": 3}).json()
    assert (short["eval_count"], short["done_reason"]) == (3, "length")


def test_openai_answers(server: Server) -> None:
    whole = server.post("/v1/chat/completions", model=MODEL, messages=HELLO, max_tokens=4).json()
    assert (whole["object"], whole["usage"]["completion_tokens"]) == ("chat.completion", 4)
    assert whole["choices"][0]["finish_reason"] == "length"
    streamed = server.post(
        "/v1/chat/completions", model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
    ).text
    events = [line.removeprefix("data: ") for line in streamed.splitlines() if line]
    assert events[-1] == "[DONE]"
    assert json.loads(events[0])["choices"][0]["delta"]["role"] == "assistant"
    assert json.loads(events[-2])["usage"]["total_tokens"] > 0
    assert server.post("/v1/completions", model=MODEL, prompt="x").json()["object"] == "text_completion"
    assert len(server.post("/v1/embeddings", model=MODEL, input=["a", "b"]).json()["data"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        ("/api/chat", {"model": "nope", "messages": HELLO}, 404, "model 'nope' not found"),
        ("/v1/chat/completions", {"model": "nope", "messages": HELLO}, 404, "model 'nope' not found"),
        ("/v1/chat/completions", {"model": MODEL, "messages": []}, 400, "messages"),
        ("/api/pull", {"model": "llama3.2:3b"}, 500, "read-only file system"),
    ],
)
def test_errors(server: Server, path: str, body: dict[str, Any], code: int, message: str) -> None:
    answer = server.post(path, **body)
    assert answer.status_code == code
    assert message in json.dumps(answer.json()["error"])


def test_clients_cannot_remove_the_model(server: Server) -> None:
    answer = server.run(lambda http: http.request("DELETE", "/api/delete", json={"model": MODEL}))
    assert (answer.status_code, "read-only" in answer.json()["error"]) == (500, True)
    assert server.get(f"/v1/models/{MODEL}").status_code == 200


def test_load_and_unload(server: Server) -> None:
    async def conversation(http: httpx.AsyncClient) -> list[int]:
        counts = []
        for keep_alive in (-1, 0):
            await http.post("/api/generate", json={"model": MODEL, "keep_alive": keep_alive})
            counts.append(len((await http.get("/api/ps")).json()["models"]))
        return counts

    assert server.run(conversation) == [1, 0]


def test_a_full_queue_is_answered_503_while_the_model_loads(tmp_path: Path) -> None:
    fill(tmp_path)
    server = Server(tmp_path, Limits(queue=2))
    load = server.scheduler._load

    async def conversation(http: httpx.AsyncClient) -> list[httpx.Response]:
        loaded = asyncio.Event()

        async def slowly(*arguments: Any) -> Any:
            await loaded.wait()
            return await load(*arguments)

        server.scheduler._load = slowly  # type: ignore[method-assign]
        body = {"model": MODEL, "messages": HELLO, "stream": False}
        asked = [asyncio.create_task(http.post("/api/chat", json=body)) for _ in range(5)]
        async with asyncio.timeout(60):
            while sum(task.done() for task in asked) < 3:  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)
        loaded.set()
        return await asyncio.gather(*asked)

    answers = server.run(conversation)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503]
    assert any("maximum pending requests exceeded" in answer.text for answer in answers)


def test_no_more_answers_at_once_than_slots(tmp_path: Path) -> None:
    fill(tmp_path)
    server = Server(tmp_path, Limits(parallel=2), token_seconds=0.001)
    seen: list[int] = []

    async def conversation(http: httpx.AsyncClient) -> list[httpx.Response]:
        body = {"model": MODEL, "messages": HELLO, "max_tokens": 5}
        asked = [asyncio.create_task(http.post("/v1/chat/completions", json=body)) for _ in range(8)]
        while not all(task.done() for task in asked):
            seen.extend(2 - runner.slots._value for runner in server.scheduler.loaded.values())
            await asyncio.sleep(0)
        return [task.result() for task in asked]

    assert {answer.status_code for answer in server.run(conversation)} == {200}
    assert max(seen) == 2


def test_another_context_length_loads_the_model_again(server: Server) -> None:
    async def conversation(http: httpx.AsyncClient) -> list[int]:
        lengths = []
        for options in ({}, {"num_ctx": 64}):
            body = {"model": MODEL, "messages": HELLO, "stream": False, "options": options}
            await http.post("/api/chat", json=body)
            lengths += [model["context_length"] for model in (await http.get("/api/ps")).json()["models"]]
        return lengths

    assert server.run(conversation) == [4096, 64]


def test_limits_from_the_environment() -> None:
    variables = {"OLLAMA_NUM_PARALLEL": "4", "OLLAMA_MAX_QUEUE": "x", "OLLAMA_KEEP_ALIVE": "-1"}
    limits = Limits.from_environment(variables, 0)
    assert (limits.parallel, limits.queue, limits.keep_alive) == (4, 512, float("inf"))
    assert [duration(text, 7) for text in ("10m", "1h", "90", "?", "250ms")] == [600, 3600, 90, 7, 0.25]


def test_names() -> None:
    assert Name.parse("llama3.1:8b") == Name.parse("registry.ollama.ai/library/llama3.1:8b")
    assert str(getattr(Name.parse("me/x"), "short", "")) == "me/x:latest"
    assert Name.parse("a b") is None


def test_what_the_container_may_write(tmp_path: Path) -> None:
    mounts = [Mount(path="/models", host=str(tmp_path / "m"), read_only=True), Mount(path="/h", host=str(tmp_path))]
    container = Container(address="127.0.0.9", user=1000, read_only_root=True, mounts=mounts)
    assert [writable(tmp_path / name, container) for name in ("m", "x")] == [False, True]
    assert not writable(Path("/root"), container)
    assert address("127.0.0.1:11434", "127.0.0.9") == ("127.0.0.1", 0)
    assert address("0.0.0.0:8080", "127.0.0.9") == ("127.0.0.9", 8080)
