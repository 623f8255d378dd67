"""Free ports."""

import socket
from pathlib import Path

from workspace.ports import free_port


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as sock:
        assert sock.getsockname() == ("127.0.0.1", port)


def test_a_free_port_is_none_of_those_of_outgoing_connections() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert {free_port() < lowest for _ in range(20)} == {True}


def test_ports_that_nobody_uses_yet_are_different() -> None:
    given = [free_port() for _ in range(1_000)]
    assert len(set(given)) == len(given)
