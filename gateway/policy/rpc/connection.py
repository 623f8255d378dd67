"""One connection of Envoy: its calls, each answered by a coroutine that ends with the call."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from gateway.policy.rpc import frames

Answer = Callable[[bytes], Awaitable[bytes]]
"""Takes a call's message and returns that of the answer."""
MOST_MESSAGE_BYTES = 1 << 20
RESOURCE_EXHAUSTED, INTERNAL = 8, 13
"""Status codes of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html)."""
_CREDIT_BYTES = 1 << 24
_log = logging.getLogger(__name__)


class Connection(asyncio.Protocol):
    """The connection, with its calls by number of the HTTP/2 stream."""

    def __init__(self, answer: Answer, opened: set["Connection"]) -> None:
        """Answer calls by `answer`; be in `opened` while it lasts."""
        self._answer, self._opened = answer, opened
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._got, self._greeted = bytearray(), False
        self._bodies: dict[int, bytearray] = {}
        self.calls: dict[int, asyncio.Task[None]] = {}
        self._out: list[bytes] = []
        self._last, self._going = 0, False
        self._read = 0
        # What Envoy takes: of the connection, and of a new stream.
        self._window, self._stream_window = frames.DEFAULT_WINDOW, frames.DEFAULT_WINDOW
        self._waiting: deque[tuple[int, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the settings: a window for a whole message, and one for all calls."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a Unix socket's is one
        self._transport = transport
        self._opened.add(self)
        self._send(frames.settings(initial_window_size=MOST_MESSAGE_BYTES + frames.MOST_BYTES))
        self._send(frames.window_update(0, frames.MOST_WINDOW - frames.DEFAULT_WINDOW))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        """Its calls end with it."""
        self._opened.discard(self)
        for call in self.calls.values():
            call.cancel()

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole."""
        got, at = self._got, 0
        got += data
        if not self._greeted:
            if not got.startswith(frames.PREFACE[: len(got)]):
                self._break("no HTTP/2")
                return
            if len(got) < len(frames.PREFACE):
                return
            self._greeted, at = True, len(frames.PREFACE)
        while len(got) - at >= frames.HEAD_BYTES:
            length, kind, flags, stream = frames.head(got, at)
            if length > frames.MOST_BYTES or (flags & frames.PADDED and kind == frames.DATA):
                self._break("a frame that Envoy does not send")
                return
            end = at + frames.HEAD_BYTES + length
            if len(got) < end:
                break
            self._take(kind, flags, stream, bytes(got[at + frames.HEAD_BYTES : end]))
            at = end
        del got[:at]

    def go_away(self) -> None:
        """Take no further call; Envoy makes it elsewhere."""
        self._going = True
        self._send(frames.frame(frames.GOAWAY, 0, 0, self._last.to_bytes(4, "big") + bytes(4)))

    def close(self) -> None:
        """Send what is left and close."""
        self._flush()
        self._transport.close()

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == frames.DATA:
            self._credit(len(payload))
            self._data(stream, payload)
        elif kind == frames.HEADERS and not self._going:
            self._last = max(self._last, stream)
            self._bodies[stream] = bytearray()
        elif kind == frames.RST_STREAM:
            self._bodies.pop(stream, None)
            if call := self.calls.get(stream):
                call.cancel()
        elif kind == frames.WINDOW_UPDATE and not stream:
            self._window += frames.increment(payload)
            self._send_waiting()
        elif kind == frames.PING and not flags & frames.ACK:
            self._send(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif kind == frames.SETTINGS and not flags & frames.ACK:
            self._stream_window = frames.initial_window(payload) or self._stream_window
            self._send(frames.frame(frames.SETTINGS, frames.ACK, 0))
        if flags & frames.END_STREAM and kind in {frames.DATA, frames.HEADERS}:
            self._call(stream)

    def _data(self, stream: int, payload: bytes) -> None:
        body = self._bodies.get(stream)
        if body is None:
            return  # of a call that has ended
        body += payload
        if len(body) > MOST_MESSAGE_BYTES:
            del self._bodies[stream]
            self._send(frames.failure(stream, RESOURCE_EXHAUSTED) + frames.reset(stream))

    def _credit(self, count: int) -> None:
        """Let Envoy send as much again as was read."""
        self._read += count
        if self._read > _CREDIT_BYTES:
            self._send(frames.window_update(0, self._read))
            self._read = 0

    def _call(self, stream: int) -> None:
        body = self._bodies.pop(stream, None)
        if body is None:
            return
        message = frames.message(body)
        if message is None:
            self._send(frames.failure(stream, INTERNAL))
            return
        call = self.calls[stream] = self._loop.create_task(self._answered(stream, message))
        call.add_done_callback(lambda _: self.calls.pop(stream, None))

    async def _answered(self, stream: int, message: bytes) -> None:
        try:
            answer = await self._answer(message)
        except Exception:  # noqa: BLE001 - whatever it is, this call failed and others may not
            _log.exception("a call failed")
            self._send(frames.failure(stream, INTERNAL))
            return
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

    def _send(self, data: bytes) -> None:
        """Send with what else comes in this turn of the event loop: each write is a call of the system."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)

    def _flush(self) -> None:
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _break(self, why: str) -> None:
        _log.warning("a connection is closed: %s", why)
        self._got.clear()
        self._transport.abort()
