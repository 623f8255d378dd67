"""Free ports of this machine."""

import contextlib
import random
import socket
from collections import deque

_PORTS = range(12_000, 18_000)
"""Below those of sandboxes, and below those that the kernel gives to outgoing connections (from 32768)."""
_given: deque[int] = deque(maxlen=2_000)
"""Ports that this process gave last: one that nobody listens on yet looks free."""


def free_port() -> int:
    """A port that is free on all addresses of the network that the caller is in; no outgoing connection takes it.

    The same one is not given again soon, so that there is time to use it.
    """
    while True:
        port = random.SystemRandom().choice(_PORTS)
        if port in _given:
            continue
        _given.append(port)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port
