"""PreStop hooks."""

import asyncio
import time

import pytest

from rehearsal.nodes.hooks import HookError, pre_stop


def test_an_http_hook_waits_for_the_answer_whatever_its_status() -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        await asyncio.sleep(0.2)
        writer.write(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def run() -> float:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        began = time.monotonic()
        await pre_stop({"httpGet": {"path": "/drain", "port": "drain"}}, "127.0.0.1", {"drain": port})
        server.close()
        return time.monotonic() - began

    assert asyncio.run(run()) >= 0.2
    assert asked[0].startswith(b"GET /drain HTTP/1.1\r\n")


@pytest.mark.parametrize("hook", [{"sleep": {"seconds": 1}}, {"exec": {"command": ["sh", "-c", "sleep 1"]}}])
def test_a_sleep(hook: dict[str, object]) -> None:
    began = time.monotonic()
    asyncio.run(pre_stop(hook, "127.0.0.1", {}))
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        ({"httpGet": {"port": 1}}, "PreStopHook failed: .*Connect"),
        ({"httpGet": {"port": "web"}}, "unable to find named port 'web'"),
        ({"exec": {"command": ["curl", "localhost"]}}, "sleep or send an HTTP request, no others"),
    ],
)
def test_a_hook_that_fails_is_named(hook: dict[str, object], message: str) -> None:
    with pytest.raises(HookError, match=message):
        asyncio.run(pre_stop(hook, "127.0.0.1", {}))
