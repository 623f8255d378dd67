"""One connection of Envoy as frames: what every server of it needs, whatever its calls are."""

import asyncio
import logging
from typing import cast

from gateway.policy.rpc import frames

_CREDIT_BYTES = 1 << 24
_log = logging.getLogger(__name__)


class Framing(asyncio.Protocol):
    """The connection; a subclass has the calls, by number of the HTTP/2 stream."""

    stream_window = frames.DEFAULT_WINDOW
    """What Envoy may send of a new stream before it gets more room."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._got, self._greeted = b"", False
        self._out: list[bytes] = []
        self._last, self._going = 0, False
        self._read = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the settings: the window of a stream, and one for all calls."""
        self._transport = cast("asyncio.Transport", transport)  # what uvloop's is like, not of that type
        self._send(frames.settings(initial_window_size=self.stream_window))
        self._send(frames.window_update(0, frames.MOST_WINDOW - frames.DEFAULT_WINDOW))

    def data_received(self, data: bytes) -> None:
        """Take the frames that are whole."""
        got, at = self._got + data, 0
        if not self._greeted:
            if not got.startswith(frames.PREFACE[: len(got)]):
                self._break("no HTTP/2")
                return
            if len(got) < len(frames.PREFACE):
                self._got = got
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
            self._take(kind, flags, stream, got[at + frames.HEAD_BYTES : end])
            at = end
        self._got = got[at:]

    def go_away(self) -> None:
        """Take no further call; Envoy makes it elsewhere."""
        self._going = True
        self._send(frames.frame(frames.GOAWAY, 0, 0, self._last.to_bytes(4, "big") + bytes(4)))

    def close(self) -> None:
        """Send what is left and close."""
        self._flush()
        self._transport.close()

    def _begin(self, stream: int) -> None:
        """A call begins."""
        raise NotImplementedError

    def _data(self, stream: int, payload: bytes) -> None:
        """A piece of a call's messages; the call may have ended."""
        raise NotImplementedError

    def _end(self, stream: int) -> None:
        """Envoy has sent all of a call; it may have ended."""
        raise NotImplementedError

    def _cancel(self, stream: int) -> None:
        """Envoy gives a call up; it may have ended."""
        raise NotImplementedError

    def _room(self, count: int) -> None:
        """Envoy takes so many bytes more of the connection."""

    def _initial_window(self, size: int) -> None:
        """Envoy takes so many bytes of a new stream."""

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == frames.DATA:
            self._credit(len(payload))
            self._data(stream, payload)
        elif kind == frames.HEADERS and not self._going:
            self._last = max(self._last, stream)
            self._begin(stream)
        elif kind == frames.RST_STREAM:
            self._cancel(stream)
        elif kind == frames.WINDOW_UPDATE and not stream:
            self._room(frames.increment(payload))
        elif kind == frames.PING and not flags & frames.ACK:
            self._send(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif kind == frames.SETTINGS and not flags & frames.ACK:
            if size := frames.initial_window(payload):
                self._initial_window(size)
            self._send(frames.frame(frames.SETTINGS, frames.ACK, 0))
        if flags & frames.END_STREAM and kind in {frames.DATA, frames.HEADERS}:
            self._end(stream)

    def _credit(self, count: int) -> None:
        """Let Envoy send as much again as was read."""
        self._read += count
        if self._read > _CREDIT_BYTES:
            self._send(frames.window_update(0, self._read))
            self._read = 0

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
        self._got = b""
        self._transport.abort()
