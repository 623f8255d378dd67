"""Clients that take their time: their connections end, and others are served meanwhile."""

import socket
import time

import pytest

from tests.gateway.hostile.cases import BODY, CHAT, raw
from tests.gateway.hostile.conftest import Target
from tests.gateway.support.raw import read_answer

HEAD = f"POST {CHAT} HTTP/1.1\nHost: x\nAuthorization: Bearer {{key}}\nContent-Type: application/json\n"


@pytest.mark.thorough
def test_slow_headers_and_bodies_are_ended(target: Target) -> None:
    """Two hundred of each, fed a byte at a time; the gateway's limits are 10 s for headers and 60 s for the request."""
    begun, before = time.monotonic(), target.served()
    slow = [_started(target, HEAD) for _ in range(200)]
    body = [_started(target, f"{HEAD}Content-Length: {len(BODY)}\n\n") for _ in range(200)]
    assert target.stack.chat("qwen", key=target.keys["key"]).status_code == 200
    for every in (slow, body):
        while not _ended(every[0]) and time.monotonic() - begun < 240:
            time.sleep(2)
            for connection in (*slow, *body):
                _feed(connection, b"x" if every is slow else BODY[:1].encode())
    statuses = {read_answer(connection).status for connection in (*slow, *body)}
    assert statuses <= {0, 400, 408}, "0 is a connection that was closed"
    assert time.monotonic() - begun < 270, (
        "a busy machine takes longer than the 60 s, and without a limit it is for ever"
    )
    assert target.served() == before + 1
    for connection in (*slow, *body):
        connection.close()


def _started(target: Target, text: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", target.stack.config.listen))
    connection.settimeout(30)
    connection.sendall(target.filled(raw(text)))
    return connection


def _ended(connection: socket.socket) -> bool:
    connection.settimeout(0)
    try:
        return connection.recv(1, socket.MSG_PEEK) is not None
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(30)


def _feed(connection: socket.socket, data: bytes) -> None:
    try:
        connection.send(data)
    except OSError:
        return  # it has been ended, as it should be
