"""Server of the policy's calls: checks, and the health service of gRPC
(https://github.com/grpc/grpc/blob/master/doc/health-checking.md).

Which of the two a call is, its message says: a check has attributes, the health check of all services has nothing.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.policy.rpc.connection import Answer, Connection

_SERVING, _NOT_SERVING = b"\x08\x01", b"\x08\x02"  # HealthCheckResponse with field 1, status, as protobuf has it


class Server:
    """Serves Envoy's ext_authz checks, and health checks, as gRPC on a Unix socket."""

    def __init__(self, check: Answer, serving: Callable[[], bool]) -> None:
        """Answer checks by `check`; health checks by `serving`."""
        self._check, self._serving = check, serving
        self._opened: set[Connection] = set()
        self._server: asyncio.Server

    async def start(self, path: Path) -> None:
        """Listen on a Unix socket.

        Raises:
            OSError: it cannot be made.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Connection(self._answer, self._opened), path)

    async def stop(self, seconds: float) -> None:
        """Take no further calls, and wait so long for the ends of those that run."""
        self._server.close()
        for connection in self._opened:
            connection.go_away()
        if calls := [call for connection in self._opened for call in connection.calls.values()]:
            await asyncio.wait(calls, timeout=seconds)
        for connection in list(self._opened):
            connection.close()

    async def _answer(self, message: bytes) -> bytes:
        if message:
            return await self._check(message)
        return _SERVING if self._serving() else _NOT_SERVING
