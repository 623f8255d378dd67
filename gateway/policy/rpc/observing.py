"""Server of calls with one direction: Envoy sends messages until it ends the call, and gets an end without a message.

What a call sends is bounded by whoever takes it, never by a window: Envoy, whose requests wait for a full one, always has room.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from gateway.policy.rpc import frames
from gateway.policy.rpc.framing import Framing

_ROOM_BYTES = 1 << 30
"""A stream gets its window again when it has used so much of it."""


class Call(Protocol):
    """Takes the messages of one call."""

    def message(self, message: bytes) -> bool:
        """Take a message; whether it was the last one that is wanted."""

    def oversized(self, count: int) -> None:
        """Learn that a message of so many bytes was too long and is not kept."""

    def end(self) -> None:
        """Learn that nothing more comes: Envoy ended the call, gave it up, or is gone."""


class Messages:
    """Takes a call's gRPC messages apart; of one that is longer than `most` bytes only the length is kept."""

    def __init__(self, call: Call, most: int) -> None:
        self._call, self._most = call, most
        self._got = bytearray()
        self._skip = 0
        self.used = 0

    def take(self, payload: bytes) -> bool:
        """Take a piece of them; whether the call wants no more."""
        self.used += len(payload)
        if self._skip:
            skipped = min(self._skip, len(payload))
            self._skip -= skipped
            payload = payload[skipped:]
        got = self._got
        got += payload
        while len(got) >= frames.PREFIX_BYTES:
            length = int.from_bytes(got[1 : frames.PREFIX_BYTES], "big")
            end = frames.PREFIX_BYTES + length
            if length > self._most:
                self._call.oversized(length)
                self._skip = max(0, end - len(got))
                del got[:end]
                continue
            if len(got) < end:
                break
            message = bytes(got[frames.PREFIX_BYTES : end])
            del got[:end]
            if self._call.message(message):
                return True
        return False

    def end(self) -> None:
        """Nothing more comes."""
        self._call.end()


class Observing(Framing):
    """A connection with such calls."""

    stream_window = frames.MOST_WINDOW

    def __init__(self, begin: Callable[[], Call], most: int, opened: set["Observing"]) -> None:
        """Make the taker of each call with `begin`; keep messages of up to `most` bytes; be in `opened` while it lasts."""
        super().__init__()
        self._new, self._most, self._opened = begin, most, opened
        self._calls: dict[int, Messages] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the settings."""
        super().connection_made(transport)
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        """Its calls end with it."""
        self._opened.discard(self)
        for stream in list(self._calls):
            self._cancel(stream)

    def _begin(self, stream: int) -> None:
        self._calls[stream] = Messages(self._new(), self._most)

    def _data(self, stream: int, payload: bytes) -> None:
        messages = self._calls.get(stream)
        if messages is None:
            return  # of a call that has ended
        if messages.take(payload):
            self._end(stream)
        elif messages.used > _ROOM_BYTES:
            self._send(frames.window_update(stream, messages.used))
            messages.used = 0

    def _end(self, stream: int) -> None:
        if stream in self._calls:
            self._cancel(stream)
            self._send(frames.ended(stream))

    def _cancel(self, stream: int) -> None:
        if messages := self._calls.pop(stream, None):
            messages.end()


class ObservingServer:
    """Serves calls in which Envoy alone sends messages, as gRPC on a Unix socket."""

    def __init__(self, begin: Callable[[], Call], most: int) -> None:
        """As of `Observing`."""
        self._new, self._most = begin, most
        self._opened: set[Observing] = set()
        self._server: asyncio.Server

    async def start(self, path: Path) -> None:
        """Listen on a Unix socket.

        Raises:
            OSError: it cannot be made.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Observing(self._new, self._most, self._opened), path)

    def stop(self) -> None:
        """Take no further calls; those that run end as they are."""
        self._server.close()
        for connection in list(self._opened):
            connection.close()
