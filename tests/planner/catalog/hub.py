"""A Hub on loopback: what it answers for each path, and what it was sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """One answer of a server."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long it takes before each byte of the body."""


@dataclass
class FakeHub:
    """A server's answers by path; 404 for any other path."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Authorization of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]

    def file(self, model: str, name: str, content: Any, **more: Any) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers[f"/{model}/resolve/main/{name}"] = Answer(body, **more)

    def api(self, model: str, about: Any) -> None:
        body = about if isinstance(about, bytes) else json.dumps(about).encode()
        self.answers[f"/api/models/{model}?blobs=true"] = Answer(body)


@contextmanager
def served() -> Iterator[FakeHub]:
    """Serve one until the block ends."""
    hub = FakeHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.seen.append((self.path, self.headers.get("Authorization")))
            answer = hub.answers.get(self.path, Answer(status=404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if not answer.seconds:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                time.sleep(answer.seconds)
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:
                    return

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    hub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
