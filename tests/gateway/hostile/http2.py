"""HTTP/2 frames by hand, for requests that no client library sends."""

import socket
import struct
from dataclasses import dataclass, field

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS = 1, 4
Field = tuple[bytes, bytes]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def block(fields: list[Field]) -> bytes:
    """A header block: literals without indexing or Huffman coding (RFC 7541, 6.2.2), names as they are."""
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)


def _text(text: bytes) -> bytes:
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, out = len(text) - 127, bytearray([127])
    while rest >= 128:
        out.append(rest % 128 + 128)
        rest //= 128
    return bytes([*out, rest]) + text


@dataclass
class Seen:
    """What came back on a connection."""

    kinds: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Of streams: status codes that are in HPACK's static table, 0 for others that are literals."""
    bodies: bytes = b""
    closed: bool = False


def talk(port: int, frames: bytes, *, seconds: float = 3.0, until: int = 1) -> Seen:
    """Send frames after preface and settings; read until the connection ends, ``until`` streams have, or time is over."""
    seen, ended = Seen(), 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(seconds)
        try:
            connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frames)
        except ConnectionError:
            seen.closed = True  # refused before all of it was sent: what was answered may be there
        data = b""
        while ended < until:
            try:
                more = connection.recv(65536)
            except TimeoutError:
                break
            except ConnectionError:
                more = b""
            if not more:
                seen.closed = True
                break
            data += more
            while len(data) >= 9 and len(data) >= 9 + (length := int.from_bytes(data[:3])):
                kind, flags, payload = data[3], data[4], data[9 : 9 + length]
                data = data[9 + length :]
                seen.kinds.append(kind)
                if kind == HEADERS:
                    seen.statuses.append(_status(payload))
                if kind == DATA:
                    seen.bodies += payload
                ended += kind in (RST_STREAM, GOAWAY) or (kind in (HEADERS, DATA) and bool(flags & END_STREAM))
    return seen


_STATIC = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
"""Indexes of ``:status`` in HPACK's static table (RFC 7541, appendix A)."""


def _status(payload: bytes) -> int:
    """The status at the start of a header block; table size updates come before it."""
    at = 0
    while payload[at] & 0xE0 == 0x20:
        at += 1
    return _STATIC.get(payload[at] & 0x7F, 0) if payload[at] & 0x80 else 0
