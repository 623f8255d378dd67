"""Bytes to a port and the answer back: for requests that no client library sends."""

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status 0 and no headers where the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def exchange(port: int, data: bytes) -> Answer:
    """Send ``data`` and read one answer, until its end or that of the connection."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(60)
        # Refused before all of it was sent: the answer may be there.
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        return read_answer(connection, head_only=data.startswith(b"HEAD"))


def read_answer(connection: socket.socket, *, head_only: bool = False) -> Answer:
    """Read one answer from a connection."""
    data = _receive_until(connection, b"", lambda got: b"\r\n\r\n" in got)
    if b"\r\n\r\n" not in data:
        return Answer(status=0, headers={}, body=data)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(_receive_until(connection, body, lambda got: got.endswith(b"0\r\n\r\n")))
    elif not head_only:
        length = int(headers.get("content-length", "0"))
        body = _receive_until(connection, body, lambda got: len(got) >= length)
    return Answer(status=int(first.split()[1]), headers=headers, body=body)


def _receive_until(connection: socket.socket, got: bytes, complete) -> bytes:
    while not complete(got):
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return got
        if not more:
            return got
        got += more
    return got


def _unchunked(data: bytes) -> bytes:
    whole = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, data = whole + rest[:length], rest[length + 2 :]
        if not length:
            break
    return whole
