"""Engines of a test, as processes; of fake ones what they do, what they got, what they counted."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from tests.gateway.support.fake_engine import Behaviour
from tests.gateway.support.processes import Process, free_ports, listening, until


class EngineProcess:
    """An engine as `Stack` has them: a process that listens on a port of its own."""

    def __init__(self, port: int, process: Process) -> None:
        self.port, self.process = port, process

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process.start()

    def wait(self) -> None:
        until("the engine listens", lambda: listening(self.port), (self.process,))


class Engine(EngineProcess):
    """The fake engine."""

    def __init__(self, log: Path) -> None:
        port = free_ports(1)[0]
        super().__init__(port, Process.of_module("tests.gateway.support.fake_engine", "--port", str(port), log=log))

    def behave(self, **behaviour: Any) -> None:
        self._call("PUT", "behaviour", json=asdict(Behaviour(**behaviour)))

    def release(self) -> None:
        """Let requests go on that wait by `Behaviour.wait_after`."""
        self._call("POST", "go")

    def requests(self) -> list[dict[str, Any]]:
        return self._call("GET", "requests").json()

    def counters(self) -> dict[str, int]:
        return self._call("GET", "counters").json()

    def _call(self, method: str, what: str, **more: Any) -> httpx.Response:
        answer = httpx.request(method, f"http://{self.place}/fake/{what}", timeout=60, **more)
        answer.raise_for_status()
        return answer
