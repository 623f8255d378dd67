"""A gateway with two models for clients that other people wrote."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

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
