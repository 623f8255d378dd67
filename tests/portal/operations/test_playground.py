"""What becomes of a model's answer."""

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.errors import ConflictError
from portal.operations import playground
from portal.operations.playground import PlaygroundClient
from portal.operations.stack_outputs import Key

KEY = Key(url="http://qwen.invalid", value="sk")


def answered(body: Any) -> str:
    """What a question comes to when the model answers so."""

    async def sent() -> AsyncIterator[bytes]:
        yield json.dumps(body).encode()

    async def ask() -> str:
        chats = PlaygroundClient()
        chats._client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=sent())))
        try:
            return await chats.ask("qwen", "qwen", KEY, "hi")
        finally:
            await chats.close()

    return asyncio.run(ask())


def choice(content: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content, "reasoning": "Let me think"}}]}


@pytest.mark.parametrize("text", ["Hello", ""])
def test_the_text_is_the_answer(text: str):
    assert answered(choice(text)) == text


def test_a_model_that_only_thought_gave_no_text():
    with pytest.raises(ConflictError, match="qwen gave no text within 512 tokens"):
        answered(choice(None))


@pytest.mark.parametrize("body", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": None}])
def test_what_is_no_answer_is_said_so(body: Any):
    with pytest.raises(ConflictError, match="qwen cannot be reached"):
        answered(body)


MIB = 2**20
GOOD = b'{"choices": [{"message": {"content": "hello"}}]}'


class _Server(ThreadingHTTPServer):
    head: bytes
    """What every answer begins with."""
    endless: bool
    status: int
    encoding: str | None
    sent = 0
    """Bytes that the client took."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(self.server.status)
        if self.server.encoding:
            self.send_header("content-encoding", self.server.encoding)
        self.end_headers()
        try:
            self.wfile.write(self.server.head)
            while self.server.endless and self.server.sent < 512 * MIB:
                self.wfile.write(b" " * MIB)
                self.server.sent += MIB
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def answering(
    head: bytes, *, endless: bool = False, status: int = 200, encoding: str | None = None
) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.head, server.endless, server.status, server.encoding = head, endless, status, encoding
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(server: _Server) -> str:
    async def ask() -> str:
        chats = PlaygroundClient()
        try:
            return await chats.ask("chat", "acme/m", Key(url=f"http://127.0.0.1:{server.server_port}", value="k"), "hi")
        finally:
            await chats.close()

    return asyncio.run(ask())


def test_an_answer_is_read() -> None:
    with answering(GOOD) as server:
        assert asked(server) == "hello"


def test_an_answer_of_the_most_there_may_be_is_read() -> None:
    with answering(GOOD.ljust(playground._MOST_BYTES)) as server:
        assert asked(server) == "hello"


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_without_an_end_is_not_kept(status: int) -> None:
    said = "answered more than 4 MiB" if status == 200 else "answered 500"
    with answering(GOOD, endless=True, status=status) as server, pytest.raises(ConflictError, match=said):
        asked(server)
    assert server.sent < 64 * MIB


def test_an_answer_that_would_grow_is_not_unpacked() -> None:
    with answering(gzip.compress(GOOD + b" " * 64 * MIB), encoding="gzip") as server, pytest.raises(ConflictError):
        asked(server)


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b"", b"[]", b'{"choices": []}', b"\xff"])
def test_an_answer_that_is_none_is_a_conflict(body: bytes) -> None:
    with answering(body) as server, pytest.raises(ConflictError, match="did not answer"):
        asked(server)


def test_the_authority_of_a_gateways_certificate_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not there would be an error of the TLS context: so the variable is read."""
    with answering(GOOD) as server:
        assert asked(server) == "hello"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        with pytest.raises(FileNotFoundError):
            asked(server)
