"""One connection of Envoy: its calls, each answered by a coroutine that ends with the call."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from gateway.policy.rpc import frames
from gateway.policy.rpc.framing import Framing

Answer = Callable[[bytes], Awaitable[bytes]]
"""Takes a call's message and returns that of the answer."""
MOST_MESSAGE_BYTES = 1 << 20
RESOURCE_EXHAUSTED, INTERNAL = 8, 13
"""Status codes of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html)."""
_log = logging.getLogger(__name__)


class Connection(Framing):
    """The connection, with its calls by number of the HTTP/2 stream."""

    stream_window = MOST_MESSAGE_BYTES + frames.MOST_BYTES

    def __init__(self, answer: Answer, opened: set["Connection"]) -> None:
        """Answer calls by `answer`; be in `opened` while it lasts."""
        super().__init__()
        self._answer, self._opened = answer, opened
        self._bodies: dict[int, bytearray] = {}
        self.calls: dict[int, asyncio.Task[None]] = {}
        # What Envoy takes: of the connection, and of a new stream.
        self._window, self._stream_window = frames.DEFAULT_WINDOW, frames.DEFAULT_WINDOW
        self._waiting: deque[tuple[int, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the settings: a window for a whole message, and one for all calls."""
        super().connection_made(transport)
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        """Its calls end with it."""
        self._opened.discard(self)
        for call in self.calls.values():
            call.cancel()

    def _begin(self, stream: int) -> None:
        self._bodies[stream] = bytearray()

    def _data(self, stream: int, payload: bytes) -> None:
        body = self._bodies.get(stream)
        if body is None:
            return  # of a call that has ended
        body += payload
        if len(body) > MOST_MESSAGE_BYTES:
            del self._bodies[stream]
            self._send(frames.failure(stream, RESOURCE_EXHAUSTED) + frames.reset(stream))

    def _cancel(self, stream: int) -> None:
        self._bodies.pop(stream, None)
        if call := self.calls.pop(stream, None):
            call.cancel()

    def _room(self, count: int) -> None:
        self._window += count
        self._send_waiting()

    def _initial_window(self, size: int) -> None:
        self._stream_window = size

    def _end(self, stream: int) -> None:
        body = self._bodies.pop(stream, None)
        if body is None:
            return
        message = frames.message(body)
        if message is None:
            self._send(frames.failure(stream, INTERNAL))
            return
        self.calls[stream] = self._loop.create_task(self._answered(stream, message))

    async def _answered(self, stream: int, message: bytes) -> None:
        try:
            answer = await self._answer(message)
        except Exception:  # noqa: BLE001 - whatever it is, this call failed and others may not
            _log.exception("a call failed")
            self._send(frames.failure(stream, INTERNAL))
            return
        finally:
            self.calls.pop(stream, None)
        if len(answer) + frames.PREFIX_BYTES > self._stream_window:
            self._send(frames.failure(stream, RESOURCE_EXHAUSTED))
            return
        self._waiting.append((stream, answer))
        self._send_waiting()

    def _send_waiting(self) -> None:
        """Send the answers that Envoy has room for, in order."""
        while self._waiting and len(self._waiting[0][1]) + frames.PREFIX_BYTES <= self._window:
            stream, answer = self._waiting.popleft()
            self._window -= len(answer) + frames.PREFIX_BYTES
            self._send(frames.answer(stream, answer))
