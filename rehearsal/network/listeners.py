"""Listening sockets of this machine for programs that run inside a sandbox's namespace.

A socket belongs to the namespace in which it was made. So a process that stayed outside makes it, and hands it over
through a Unix socket in the sandbox's folder: connections from outside then arrive without anything in between.
"""

import contextlib
import ipaddress
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from rehearsal.network.kinds import Kind
from rehearsal.sandbox import Sandbox

_NAME = "network.sock"
_BACKLOG = 512
_LONGEST_MESSAGE = 4096
_PATIENCE_SECONDS = 5.0
# The process that hands them out may be starting again, or wait for its turn on a busy machine.
_LONGEST_SECONDS = 60.0
_PAUSE_SECONDS = 0.05


def listen(sandbox: Sandbox, address: str, port: int) -> socket.socket:
    """A socket of this machine's own network that listens on ``address:port``, whichever network the caller is in.

    Raises:
        OSError: the address is taken or not permitted, with the errno of the one who tried; TimeoutError: nothing answered.
    """
    if sandbox.network != Kind.NAMESPACES:
        return bound(address, port)
    deadline = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return _handed_over(sandbox, address, port)
        except (ConnectionError, FileNotFoundError, TimeoutError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(_PAUSE_SECONDS)


def for_everyone(sandbox: Sandbox, port: int) -> list[socket.socket]:
    """Sockets that listen on ``port`` for this machine's programs and, where the sandbox has a namespace, for its own."""
    outside = listen(sandbox, "127.0.0.1", port)
    return [outside, bound("0.0.0.0", port)] if sandbox.network == Kind.NAMESPACES else [outside]


def bound(address: str, port: int) -> socket.socket:
    """A listening socket of the network that the caller is in."""
    made = socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def answers(sandbox: Sandbox) -> bool:
    """Whether the process that hands sockets out is there."""
    try:
        with _connected(sandbox):
            return True
    except OSError:
        return False


class Handout:
    """The side outside: makes sockets for the requests that come by the sandbox's folder, one at a time."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Listen for requests; the folder's owner alone can connect."""
        path = sandbox.root / _NAME
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        with _short(sandbox.root) as folder:
            self._socket.bind(f"{folder}/{_NAME}")
        path.chmod(0o600)
        self._socket.listen()

    def close(self) -> None:
        """Close this process's end."""
        self._socket.close()

    def serve(self) -> None:
        """Answer requests for ever; one that breaks off concerns no other."""
        while True:
            connection, _ = self._socket.accept()
            with connection, contextlib.suppress(OSError, ValueError):
                connection.settimeout(_PATIENCE_SECONDS)
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        wanted = json.loads(connection.recv(_LONGEST_MESSAGE) or b"null")
        if wanted is None:
            return
        try:
            if not ipaddress.ip_address(wanted["address"]).is_loopback:
                raise PermissionError(1, "only loopback addresses are handed out")
            made = bound(wanted["address"], wanted["port"])
        except OSError as error:
            connection.sendall(json.dumps({"errno": error.errno, "why": error.strerror}).encode())
            return
        with made:
            socket.send_fds(connection, [b"{}"], [made.fileno()])


def _handed_over(sandbox: Sandbox, address: str, port: int) -> socket.socket:
    with _connected(sandbox) as connection:
        connection.sendall(json.dumps({"address": address, "port": port}).encode())
        text, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_MESSAGE, 1)
    if descriptors:
        return socket.socket(fileno=descriptors[0])
    if not text:
        raise ConnectionResetError("the process that hands out sockets ended")
    said = json.loads(text)
    raise OSError(said["errno"], said["why"])


@contextlib.contextmanager
def _connected(sandbox: Sandbox) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_PATIENCE_SECONDS)
        with _short(sandbox.root) as folder:
            connection.connect(f"{folder}/{_NAME}")
        yield connection


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A short path to a folder: that of a Unix socket has 107 bytes at most."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
