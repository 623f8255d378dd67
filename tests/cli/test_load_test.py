"""The load test: successes, errors and refusals, against a server on loopback."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from cli.load_test import LoadResult, Reply, run_load
from cli.main import app

ANSWER = {"choices": [{"message": {"content": "hi"}}], "usage": {"completion_tokens": 3}}


class Server(ThreadingHTTPServer):
    """Answers every fourth request as `fourth` says, and remembers how many were under way at once."""

    fourth: tuple[int, object, float] = (200, ANSWER, 0.0)

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock, self.count, self.busy, self.most = threading.Lock(), 0, 0, 0
        self.keys: set[str | None] = set()
        self.gone = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        with server.lock:
            server.count += 1
            server.busy += 1
            server.most = max(server.most, server.busy)
            server.keys.add(self.headers.get("Authorization"))
            code, answer, seconds = server.fourth if server.count % 4 == 0 else (200, ANSWER, 0.0)
        time.sleep(0.01)
        server.gone.wait(seconds)
        data = json.dumps(answer).encode()
        with server.lock:
            server.busy -= 1
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_all_succeed_at_the_concurrency_given(server: Server) -> None:
    result = run_load(server.url, "m", requests=40, concurrency=5, timeout=10, api_key="k")
    assert (result.succeeded, result.errors, server.count) == (40, {}, 40)
    assert 2 <= server.most <= 5
    assert server.keys == {"Bearer k"}
    assert result.tokens_per_second > 0


def test_errors_are_counted_by_cause(server: Server) -> None:
    server.fourth = (503, {"error": "server busy"}, 0.0)
    result = run_load(server.url, "m", requests=8, concurrency=2, timeout=60)
    assert result.succeeded == 6
    assert result.errors == {'HTTP 503: {"error": "server busy"}': 2}
    assert server.keys == {None}


@pytest.mark.parametrize("answer", [{}, [], {"choices": [], "usage": {}}])
def test_an_answer_without_text_is_no_success(server: Server, answer: object) -> None:
    server.fourth = (200, answer, 0.0)
    assert run_load(server.url, "m", requests=4, concurrency=1, timeout=60).succeeded == 3


def test_a_client_that_gives_up(server: Server) -> None:
    server.fourth = (200, ANSWER, 60.0)
    result = run_load(server.url, "m", requests=4, concurrency=4, timeout=0.5)
    server.gone.set()
    [error] = result.errors
    assert error.startswith("no answer within 0.5 s")


def test_the_command(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM_API_KEY", raising=False)
    arguments = ["load-test", server.url, "--model", "m", "--requests", "4", "--concurrency", "2"]
    passed = CliRunner().invoke(app, arguments)
    assert (passed.exit_code, "4 of 4 requests succeeded" in passed.output) == (0, True)
    server.fourth = (500, {}, 0.0)
    failed = CliRunner().invoke(app, arguments)
    assert failed.exit_code == 1
    assert "1 x HTTP 500" in failed.output
    assert "median" in failed.output


def test_no_times_where_nothing_succeeded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM_API_KEY", raising=False)
    server.fourth, server.count = (500, {}, 0.0), 3
    failed = CliRunner().invoke(app, ["load-test", server.url, "--model", "m", "--requests", "1"])
    assert (failed.exit_code, "0 of 1 requests succeeded" in failed.output) == (1, True)
    assert "median" not in failed.output


def test_percentiles_of_few_answers() -> None:
    one = LoadResult(replies=[Reply(seconds=2.0), Reply(seconds=9.0, error="x")], seconds=10)
    assert one.percentile(95) == 2.0
    assert LoadResult(replies=[], seconds=1).percentile(50) == 0.0
