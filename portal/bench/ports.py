"""Ports for a portal that is started, killed and started again."""

import random
import socket
from contextlib import suppress

_PORTS = range(12_000, 18_000)


def free_port() -> int:
    """A loopback port that nothing listens on, below those that the kernel gives to outgoing connections (from 32768)."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
