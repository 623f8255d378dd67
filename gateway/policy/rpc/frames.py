"""Frames of HTTP/2 as bytes (RFC 9113, sections 4 and 6), and the headers of a gRPC answer, which are constant (RFC 7541)."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD_BYTES = 9
MOST_BYTES = 16_384
"""Longest payload of a frame in both directions: the default, which no setting changes."""
DEFAULT_WINDOW = 65_535
MOST_WINDOW = 2**31 - 1

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM = ACK = 0x1
END_HEADERS, PADDED = 0x4, 0x8
INITIAL_WINDOW_SIZE = 4

PREFIX_BYTES = 5
"""Bytes before a gRPC message: whether it is compressed, and its length."""
_HEAD = struct.Struct(">BHBBI")
_SETTING = struct.Struct(">HI")
_MESSAGE = struct.Struct(">BI")
_RESPONSE = b"\x88\x0f\x10\x10application/grpc"  # :status 200, content-type
_STATUS = b"\x00\x0bgrpc-status"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return _HEAD.pack(len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream) + payload


def head(data: bytes | bytearray, at: int) -> tuple[int, int, int, int]:
    """Length of the payload, kind, flags and stream of the frame that begins at an offset."""
    high, low, kind, flags, stream = _HEAD.unpack_from(data, at)
    return (high << 16) | low, kind, flags, stream & MOST_WINDOW


def settings(**values: int) -> bytes:
    """SETTINGS with values by name; there is one setting that is used."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(_SETTINGS[name], value) for name, value in values.items()))


def initial_window(payload: bytes) -> int | None:
    """The peer's window of new streams in its SETTINGS; None where it does not set one."""
    found = None
    for key, value in _SETTING.iter_unpack(payload[: len(payload) // 6 * 6]):
        if key == INITIAL_WINDOW_SIZE:
            found = value
    return found


def increment(payload: bytes) -> int:
    """What a WINDOW_UPDATE adds."""
    return int.from_bytes(payload[:4], "big") & MOST_WINDOW


def window_update(stream: int, count: int) -> bytes:
    """A WINDOW_UPDATE; stream 0 is the connection."""
    return frame(WINDOW_UPDATE, 0, stream, count.to_bytes(4, "big"))


def answer(stream: int, message: bytes) -> bytes:
    """The whole answer of a call that succeeds: headers, the message, trailers."""
    body, number = _MESSAGE.pack(0, len(message)) + message, stream.to_bytes(4, "big")
    pieces = [frame(DATA, 0, stream, body[at : at + MOST_BYTES]) for at in range(0, len(body), MOST_BYTES)]
    return b"".join((_BEGIN[0], number, _BEGIN[1], *pieces, _OK[0], number, _OK[1]))


def ended(stream: int) -> bytes:
    """The whole answer of a call that succeeds without a message."""
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, _RESPONSE + _TRAILERS)


def failure(stream: int, status: int) -> bytes:
    """The answer of a call that fails with a status code of gRPC."""
    code = str(status).encode()
    block = _RESPONSE + _STATUS + bytes([len(code)]) + code
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, block)


def reset(stream: int) -> bytes:
    """RST_STREAM without an error: of this call nothing more is read."""
    return frame(RST_STREAM, 0, stream, bytes(4))


def message(body: bytes | bytearray) -> bytes | None:
    """The one message of a call's body; None where it is not exactly one, uncompressed."""
    if len(body) < PREFIX_BYTES or body[0] or len(body) != PREFIX_BYTES + int.from_bytes(body[1:PREFIX_BYTES], "big"):
        return None
    return bytes(body[PREFIX_BYTES:])


_SETTINGS = {"initial_window_size": INITIAL_WINDOW_SIZE}
_TRAILERS = _STATUS + b"\x010"
_BEGIN = (frame(HEADERS, END_HEADERS, 0, _RESPONSE)[:5], _RESPONSE)
_OK = (frame(HEADERS, END_HEADERS | END_STREAM, 0, _TRAILERS)[:5], _TRAILERS)
