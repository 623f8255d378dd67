"""The vLLM emulator's API, in process."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from rehearsal.images.vllm.app import MiddlewareError, build
from rehearsal.images.vllm.engine import Engine
from rehearsal.images.vllm.options import parse

KEY = {"Authorization": "Bearer k"}
HELLO = [{"role": "user", "content": "hello"}]


class Client:
    """Requests to an application in this process."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://pod") as http:
                return await http.request(method, path, **more)

        return asyncio.run(send())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """POST."""
        return self.request("POST", path, **more)


def client(*arguments: str, keys: list[str] | None = None) -> Client:
    """A client of a server started with these arguments."""
    options = parse(["org/model", "--served-model-name=m", "--max-model-len=512", *arguments])
    engine = Engine(options, token_seconds=0)
    return Client(build(options, engine, ["k"] if keys is None else keys))


def chat(**body: Any) -> Any:
    """POST a chat completion with the key."""
    return client().post("/v1/chat/completions", headers=KEY, json={"model": "m", "messages": HELLO} | body)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("mounted", None)


def test_chat_says_what_it_is() -> None:
    answer = chat().json()
    choice = answer["choices"][0]
    assert choice["message"]["content"].startswith("This is the rehearsal's emulator of vLLM")
    assert "hello" in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert "rehearsal-emulator" in answer["system_fingerprint"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@pytest.mark.parametrize("amounts", [{"max_tokens": "3", "n": "2"}, {"max_completion_tokens": " 3.0 ", "n": "+2"}])
def test_a_text_with_an_integer_is_one(amounts: dict[str, str]) -> None:
    assert chat(**amounts).json()["usage"]["completion_tokens"] == 6


def test_limits_and_stops() -> None:
    short = chat(max_tokens=3, n=2).json()
    assert [choice["finish_reason"] for choice in short["choices"]] == ["length", "length"]
    assert short["usage"]["completion_tokens"] == 6
    stopped = chat(stop=["emulator"]).json()["choices"][0]
    assert stopped["stop_reason"] == "emulator"
    assert stopped["message"]["content"] == "This is the rehearsal's "


def test_stream() -> None:
    body = {"model": "m", "messages": HELLO, "stream": True, "stream_options": {"include_usage": True}}
    response = client().post("/v1/chat/completions", headers=KEY, json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    said = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])
    assert said == chat().json()["choices"][0]["message"]["content"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] > 0


def test_completions_and_tokens() -> None:
    server = client()
    answer = server.post("/v1/completions", headers=KEY, json={"model": "m", "prompt": ["a", "b"], "max_tokens": 2})
    assert [choice["index"] for choice in answer.json()["choices"]] == [0, 1]
    tokens = server.post("/tokenize", json={"model": "m", "prompt": "Grüße, wörld"}).json()
    assert tokens["count"] == len(tokens["tokens"])
    assert server.post("/detokenize", json={"model": "m", "tokens": tokens["tokens"]}).json() == {
        "prompt": "Grüße, wörld"
    }


@pytest.mark.parametrize(
    ("body", "code", "kind", "message"),
    [
        ({"model": "other"}, 404, "NotFoundError", "The model `other` does not exist."),
        ({"messages": None}, 400, "Bad Request", "Field required"),
        ({"messages": "hi"}, 400, "Bad Request", "Input should be a valid list"),
        ({"max_tokens": 0}, 400, "BadRequestError", "max_tokens must be at least 1, got 0."),
        ({"max_tokens": "x"}, 400, "Bad Request", "valid integer"),
        ({"temperature": -1}, 400, "BadRequestError", "temperature must be non-negative, got -1."),
        ({"top_p": 2}, 400, "BadRequestError", "top_p must be in (0, 1], got 2."),
        ({"stream_options": {"include_usage": True}}, 400, "BadRequestError", "Stream options can only be defined"),
        ({"tools": [{"type": "function"}]}, 400, "BadRequestError", "--enable-auto-tool-choice"),
        ({"messages": [{"role": "user", "content": "x" * 2000}]}, 400, "BadRequestError", "context length is 512"),
    ],
)
def test_refusals(body: dict[str, Any], code: int, kind: str, message: str) -> None:
    answer = chat(**body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (code, code, kind)
    assert message in error["message"]


def test_malformed_bodies() -> None:
    server = client()
    bad = server.post("/v1/completions", headers=KEY | {"Content-Type": "application/json"}, content=b"{")
    assert bad.status_code == 400
    assert "json_invalid" in bad.json()["error"]["message"]
    plain = server.post("/v1/completions", headers=KEY | {"Content-Type": "text/plain"}, content=b"{}")
    assert "application/json" in plain.json()["error"]["message"]
    assert server.get("/nothing").json()["error"] == {
        "message": "Not Found", "type": "Not Found", "param": None, "code": 404,
    }  # fmt: skip
    assert server.get("/invocations").status_code == 405


def test_key_guards_v1_alone() -> None:
    server = client()
    assert server.get("/v1/models").json() == {"error": "Unauthorized"}
    assert server.get("/v1/models", headers={"Authorization": "Basic k"}).status_code == 401
    assert server.get("/v1/models", headers=KEY).json()["data"][0]["max_model_len"] == 512
    answer = server.post("/invocations", json={"model": "m", "messages": HELLO})
    assert answer.status_code == 200
    open_paths = ("/health", "/ping", "/version", "/load", "/metrics", "/docs", "/openapi.json")
    assert {server.get(path).status_code for path in open_paths} == {200}
    assert client(keys=[]).get("/v1/models").status_code == 200
    assert client("--disable-fastapi-docs").get("/docs").status_code == 404


def test_metrics_count() -> None:
    server = client()
    server.post("/v1/chat/completions", headers=KEY, json={"model": "m", "messages": HELLO, "max_tokens": 4})
    text = server.get("/metrics").text
    assert 'vllm:generation_tokens_total{engine="0",model_name="m"} 4.0' in text
    assert 'vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 1.0' in text
    assert 'vllm:num_requests_running{engine="0",model_name="m"} 0.0' in text
    assert "vllm:kv_cache_usage_perc" in text


def test_middleware_is_mounted_outside(modules: Path) -> None:
    (modules / "mounted.py").write_text(
        "from starlette.responses import Response\n"
        "async def hide(request, call_next):\n"
        "    return Response(status_code=418) if request.url.path == '/metrics' else await call_next(request)\n"
        "class Hide:\n"
        "    def __init__(self, app):\n        self.app = app\n"
        "    async def __call__(self, scope, receive, send):\n"
        "        app = Response(status_code=404) if scope['path'] == '/v1/models' else self.app\n"
        "        await app(scope, receive, send)\n"
        "number = 1\n"
    )
    server = client("--middleware", "mounted.hide", "--middleware=mounted.Hide")
    assert server.get("/metrics").status_code == 418
    assert server.get("/v1/models").status_code == 404
    assert server.get("/health").status_code == 200
    with pytest.raises(MiddlewareError, match="Must be a function or a class"):
        client("--middleware=mounted.number")
