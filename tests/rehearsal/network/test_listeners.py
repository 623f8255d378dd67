"""Sockets of this machine handed to programs in a sandbox's namespace."""

import errno
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.network import listeners
from rehearsal.network.namespaces import NamespaceError, Namespaces
from rehearsal.sandbox import ENVIRONMENT_VARIABLE, Sandbox
from rehearsal.sandboxes import free_ports

HAND_OUT = """
from rehearsal.network.listeners import Handout
from rehearsal.sandbox import Sandbox

handout = Handout(Sandbox.current())
print("ready", flush=True)
handout.serve()
"""
SERVE = """
from rehearsal.network import listeners
from rehearsal.sandbox import Sandbox

sandbox = Sandbox.current()
sock = listeners.listen(sandbox, "127.0.0.1", sandbox.ports.nodes)
print("listening", flush=True)
connection, _ = sock.accept()
connection.sendall(b"from inside")
connection.close()
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    # Longer than the path of a Unix socket may be.
    made = Sandbox(root=tmp_path / ("x" * 120), name="t", ports=free_ports(), network="namespaces")
    made.root.mkdir()
    made.save()
    environment = os.environ | {ENVIRONMENT_VARIABLE: str(made.root)}
    with subprocess.Popen([sys.executable, "-c", HAND_OUT], env=environment, stdout=subprocess.PIPE) as outside:
        assert outside.stdout is not None
        outside.stdout.readline()
        yield made
        outside.kill()


def test_a_program_inside_listens_outside(sandbox: Sandbox) -> None:
    try:
        namespaces = Namespaces.make()
    except NamespaceError as error:
        pytest.skip(str(error))
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        env=os.environ | {ENVIRONMENT_VARIABLE: str(sandbox.root)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=namespaces.enter,  # noqa: PLW1509
    ) as inside:
        assert inside.stdout is not None
        assert inside.stdout.readline() == "listening\n"
        with socket.create_connection(("127.0.0.1", sandbox.ports.nodes), timeout=60) as connection:
            assert connection.recv(100) == b"from inside"
    for descriptor in namespaces.descriptors:
        os.close(descriptor)


def test_a_taken_port_is_the_error_of_the_one_who_tried(sandbox: Sandbox) -> None:
    with listeners.listen(sandbox, "127.0.0.1", sandbox.ports.nodes), pytest.raises(OSError) as caught:
        listeners.listen(sandbox, "127.0.0.1", sandbox.ports.nodes)
    assert caught.value.errno == errno.EADDRINUSE


def test_a_process_that_is_slow_to_hand_out_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a busy machine: a load balancer that gave up would not listen until its Service changes."""
    monkeypatch.setattr(listeners, "_PATIENCE_SECONDS", 0.2)
    made = Sandbox(root=tmp_path, name="t", ports=free_ports(), network="namespaces")
    handout = listeners.Handout(made)

    def serve() -> None:
        first, _ = handout._socket.accept()
        with first:
            first.settimeout(60)
            while first.recv(100):  # until the other side gives up
                pass
        second, _ = handout._socket.accept()
        with second:
            second.settimeout(60)
            handout._answer(second)

    serving = threading.Thread(target=serve)
    serving.start()
    with listeners.listen(made, "127.0.0.1", made.ports.nodes) as sock:
        assert sock.getsockname() == ("127.0.0.1", made.ports.nodes)
    serving.join()
    handout.close()


def test_only_loopback_is_handed_out(sandbox: Sandbox) -> None:
    with pytest.raises(OSError, match="only loopback addresses"):
        listeners.listen(sandbox, "192.0.2.7", sandbox.ports.nodes)


def test_only_the_owner_of_the_sandbox_can_ask(sandbox: Sandbox) -> None:
    assert (sandbox.root / "network.sock").stat().st_mode & 0o077 == 0


def test_without_namespaces_a_socket_is_made_at_once(tmp_path: Path) -> None:
    made = Sandbox(root=tmp_path, name="t", ports=free_ports(), network="loopback")
    with listeners.listen(made, "127.0.0.1", made.ports.nodes) as sock:
        assert sock.getsockname() == ("127.0.0.1", made.ports.nodes)
    (only,) = listeners.for_everyone(made, made.ports.moto)
    only.close()


def test_whether_anything_hands_out(sandbox: Sandbox, tmp_path: Path) -> None:
    assert listeners.answers(sandbox)
    assert not listeners.answers(Sandbox(root=tmp_path, name="t", ports=sandbox.ports, network="namespaces"))
