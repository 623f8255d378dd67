"""A gateway with two models for clients that other people wrote."""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.archive.packages import find_uv
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Service, Stack
from tests.gateway.support.table import TableServer
from tests.gateway.whole.vllm import TOOLS, VllmEngine

CHAT, EMBED, ASLEEP = "qwen", "dev/embed", "dev/asleep"
"""A model that chats, one that embeds, and one without a replica."""


@dataclass(frozen=True)
class Gateway:
    """Address and keys, as a developer has them."""

    stack: Stack
    table: TableServer
    key: str
    slow_key: str
    """Key of a tenant with one request a second."""

    @property
    def url(self) -> str:
        """Base URL that is pasted into a client."""
        return f"{self.stack.url}/v1"

    @property
    def variables(self) -> dict[str, str]:
        """Variables by which a client's program finds it."""
        return {"GATEWAY_URL": self.url, "GATEWAY_KEY": self.key, "GATEWAY_SLOW_KEY": self.slow_key}

    @contextmanager
    def refusing(self) -> Iterator[str]:
        """A key whose first request is answered 503 with `Retry-After: 5`: the table is away until then."""
        key, name = self.table.key(f"fresh-{secrets.token_hex(4)}"), "http.api.downstream_rq_5xx"
        before = self.stack.stat(name) or 0

        def back() -> None:
            try:
                until("a request was refused", lambda: (self.stack.stat(name) or 0) > before)
            finally:
                self.table.back()

        self.table.away()
        waiting = threading.Thread(target=back)
        waiting.start()
        yield key
        waiting.join()
        assert (self.stack.stat(name) or 0) > before


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for all clients."""
    root = tmp_path_factory.mktemp("clients")
    services = {
        "dev/qwen": Service(engines=[_engine(root, "qwen", *TOOLS)], short="qwen"),
        EMBED: Service(engines=[_engine(root, "embed", "--runner=pooling")], short="embed"),
        ASLEEP: Service(wakes=False),
    }
    with (
        TableServer(root) as table,
        Stack(root, services, policy="real", environment=table.environment, hold_seconds=1) as stack,
    ):
        yield Gateway(stack, table, table.key("acme"), table.key("slow", requests_per_second=1))


def _engine(root: Path, name: str, *arguments: str) -> VllmEngine:
    return VllmEngine(root / f"{name}.log", (name, f"dev/{name}"), *arguments)


def printed_by(program: Path, gateway: Gateway, folder: Path, **variables: str) -> dict[str, Any]:
    """What a client's program printed, run in an environment of its own that uv makes in ``folder``: its packages are not the tests'.

    Beside the program is ``requirements.txt``, with every package by ``uv pip compile``.
    """
    python, uv = folder / "env" / "bin" / "python", find_uv()
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "env"], check=True)
    install = (uv, "pip", "install", "--quiet", "--python", python)
    subprocess.run((*install, "--requirements", program.with_name("requirements.txt")), check=True, timeout=600)
    done = subprocess.run(
        [python, program],
        cwd=folder,
        env=os.environ | gateway.variables | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def release_of(client: Path, package: str) -> str:
    """The version of a package in the requirements of the program ``client``."""
    lines = client.with_name("requirements.txt").read_text().splitlines()
    [release] = [line.partition("==")[2] for line in lines if line.partition("==")[0] == package]
    return release
