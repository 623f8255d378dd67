"""Probe thresholds and answers."""

import asyncio

import pytest

from rehearsal.nodes.probes import Probe


def probe(**spec: object) -> Probe:
    """A probe of an address where nobody listens."""
    return Probe({"httpGet": {"path": "/health", "port": "http"}, **spec}, "127.0.0.1", {"http": 1}, passing=False)


def test_thresholds() -> None:
    tried = probe(failureThreshold=2, successThreshold=2)
    verdicts = [tried.count(good=good) for good in (True, True, False, True, False, False, False)]
    assert verdicts == [None, True, None, None, None, False, False]


@pytest.mark.parametrize(("code", "good"), [(200, True), (302, True), (404, False), (503, False)])
def test_http_status(code: int, *, good: bool) -> None:
    async def run() -> tuple[bool, str, str]:
        asked = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        headers = [{"name": "X-Probe", "value": "1"}]
        tried = Probe({"httpGet": {"path": "/h", "port": port, "httpHeaders": headers}}, "127.0.0.1", {}, passing=False)
        result = await tried.ask()
        server.close()
        return result, asked[0], tried.message

    result, request, message = asyncio.run(run())
    assert result is good
    assert request.startswith("GET /h HTTP/1.1\r\n")
    assert "X-Probe: 1" in request
    assert str(code) in message


def test_nobody_listens() -> None:
    tried = probe()
    assert asyncio.run(tried.ask()) is False
    assert "Connect" in tried.message


def test_unknown_port_and_kind() -> None:
    unnamed = Probe({"httpGet": {"port": "web"}}, "127.0.0.1", {}, passing=False)
    assert asyncio.run(unnamed.ask()) is False
    assert "unable to find named port 'web'" in unnamed.message
    command = Probe({"exec": {"command": ["true"]}}, "127.0.0.1", {}, passing=False)
    assert asyncio.run(command.ask()) is False
    assert "no exec or grpc probes" in command.message


def test_failures_count_once_a_period_before_the_first_success() -> None:
    """It asks often, but a period that has not passed fails only once."""
    tried = probe(periodSeconds=3600, failureThreshold=2)
    verdicts: list[bool] = []

    async def run() -> None:
        asked = 0
        often = asyncio.Event()

        async def ask() -> bool:
            nonlocal asked
            asked += 1
            if asked > 3:
                often.set()
            return False

        tried.ask = ask  # type: ignore[method-assign]
        watching = asyncio.create_task(tried.watch(verdicts.append))
        await asyncio.wait_for(often.wait(), 60)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(run())
    assert verdicts == []
