"""Small HTTP server of asyncio for GET requests of the kubelet and Prometheus."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

Answer = tuple[int, str, str]
"""Status, content type, body."""
Route = Callable[[], Awaitable[Answer]]
TEXT = "text/plain; charset=utf-8"
_REQUEST_SECONDS = 10
_log = logging.getLogger(__name__)


async def serve(host: str, port: int, routes: Mapping[str, Route]) -> asyncio.Server:
    """Answer GET requests for the paths of `routes`, one a connection.

    Raises:
        OSError: nothing can listen there.
    """

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            status, kind, body = await _answer(head, routes)
            data = body.encode()
            lines = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
                f"content-type: {kind}",
                f"content-length: {len(data)}",
                "connection: close",
                "",
                "",
            )
            writer.write("\r\n".join(lines).encode() + data)
            await writer.drain()
        writer.close()

    return await asyncio.start_server(connection, host, port)


async def _answer(head: bytes, routes: Mapping[str, Route]) -> Answer:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0].decode("ascii", "replace")
    route = routes.get(path)
    if method != b"GET" or route is None:
        return 404, TEXT, f"GET {', '.join(sorted(routes))}\n"
    try:
        return await route()
    except Exception:  # noqa: BLE001 - whatever it is, this request failed and others may not
        _log.exception("GET %s", path)
        return 500, TEXT, "failed; the log says why\n"
