"""Free ports of this machine."""

import contextlib
import random
import socket

_PORTS = range(12_000, 18_000)
"""Below those of sandboxes, and below those that the kernel gives to outgoing connections (from 32768)."""


def free_port() -> int:
    """A port that is free on all addresses of the network that the caller is in; no outgoing connection takes it."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port
