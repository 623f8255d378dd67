"""Connections of the agent's client, counted by a server that answers when a test lets it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rehearsal.controlplane.errors import UnreachableError
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.controlplane.pki import Pki, User
from rehearsal.nodes.api import AT_ONCE, Api

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_EVENT = b'{"type": "ADDED", "object": {}}\n'


class Server:
    """Answers requests as soon as ``batch`` of them wait, and begins a watch at once."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._waiting: list[asyncio.Event] = []
        self.open = self.most = 0
        """Connections now, and at most."""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while head := await _head(reader):
                if b"watch=true" in head:
                    writer.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(_EVENT), _EVENT))
                else:
                    await self._turn()
                    writer.write(_HEAD + b"Content-Length: 2\r\n\r\n{}")
                await writer.drain()
        finally:
            self.open -= 1
            writer.close()

    async def _turn(self) -> None:
        mine = asyncio.Event()
        self._waiting.append(mine)
        if len(self._waiting) == self._batch:
            for each in self._waiting:
                each.set()
            self._waiting.clear()
        await mine.wait()


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The head of a GET; empty at the end of the connection."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Kubeconfig:
    pki = Pki(tmp_path_factory.mktemp("pki"))
    pki.make("https://127.0.0.1:1", [])
    return pki.client_config(User(name="agent"), "http://127.0.0.1:1")


def at(credentials: Kubeconfig, url: str) -> Kubeconfig:
    return Kubeconfig(server=url, ca=credentials.ca, certificate=credentials.certificate, key=credentials.key)


def test_many_requests_share_the_connections_that_are_kept(credentials: Kubeconfig) -> None:
    server = Server(batch=AT_ONCE)

    async def run() -> None:
        async with server.serving() as url, Api(at(credentials, url)) as api:
            found = await asyncio.gather(*(api.get(f"/api/v1/nodes/{number}") for number in range(AT_ONCE * 10)))
            assert found == [{}] * AT_ONCE * 10

    asyncio.run(run())
    assert server.most == AT_ONCE


def test_watches_take_no_turn_of_requests(credentials: Kubeconfig) -> None:
    server = Server(batch=1)

    async def run() -> None:
        async with server.serving() as url, Api(at(credentials, url)) as api:
            watches = [api.watch(f"/api/v1/namespaces/{number}/pods", "1") for number in range(5 * AT_ONCE)]
            assert [await anext(each) for each in watches] == [("ADDED", {})] * len(watches)
            assert await api.get("/api/v1/nodes") == {}
            assert server.open == len(watches) + 1

    asyncio.run(run())


def test_a_request_that_fails_leaves_its_turn(credentials: Kubeconfig) -> None:
    async def run() -> None:
        async with Api(at(credentials, "http://127.0.0.1:9")) as api:
            for _ in range(AT_ONCE + 1):
                with pytest.raises(UnreachableError):
                    await api.get("/api/v1/nodes")

    asyncio.run(run())
