import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from components.payloads import compile_once

ENGINE = """
import signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: (Path(sys.argv[1], "ended").touch(), sys.exit(0)))
Path(sys.argv[1], "started").touch()
time.sleep(60)
"""


@pytest.fixture
def health(tmp_path: Path) -> Iterator[str]:
    """A URL that answers 200 once the engine has started, and 503 before."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if (tmp_path / "started").exists() else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/health"
    server.shutdown()
    thread.join()
    server.server_close()


def start(tmp_path: Path, health: str, *command: str) -> "subprocess.Popen[str]":
    variables = {**os.environ, "HEALTH": health, "MARKER": str(tmp_path / "there")}
    words = [sys.executable, "-I", compile_once.__file__, *command]
    return subprocess.Popen(words, env=variables, stderr=subprocess.PIPE, text=True)


def test_the_engine_is_ended_when_it_could_serve(tmp_path: Path, health: str) -> None:
    process = start(tmp_path, health, sys.executable, "-c", ENGINE, str(tmp_path))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert (tmp_path / "ended").exists()
    assert "the engine was ready after" in said


def test_an_engine_that_fails_fails_the_job(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/health"
    process = start(tmp_path, nobody, sys.executable, "-c", "raise SystemExit(3)")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "the engine ended with 3 before it was ready" in said


def test_with_the_marker_no_engine_starts(tmp_path: Path, health: str) -> None:
    (tmp_path / "there").touch()
    process = start(tmp_path, health, sys.executable, "-c", ENGINE, str(tmp_path))
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not (tmp_path / "started").exists()


def test_the_end_of_the_pod_ends_the_engine(tmp_path: Path) -> None:
    process = start(tmp_path, "http://127.0.0.1:9/health", sys.executable, "-c", ENGINE, str(tmp_path))
    while not (tmp_path / "started").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert (tmp_path / "ended").exists()
