"""Way into a sandbox's namespace: ``python -m rehearsal.network.gate``, the daemon ``network``.

It stays outside and hands out listening sockets (`rehearsal.network.listeners`) to the programs that are ours. The three
of the control plane take none from outside, so a child inside the namespace accepts their connections, on sockets that
were bound outside, and passes them on. Its end costs connections to them and nothing else: the supervisor holds the
namespace.
"""

import asyncio
import logging
import os
import signal
import socket
import sys

from rehearsal.network import pump
from rehearsal.network.listeners import Handout, bound
from rehearsal.network.namespaces import VARIABLE, Namespaces, die_with
from rehearsal.sandbox import Sandbox

_LOCALHOST = "127.0.0.1"
_PORTS = ("apiserver", "controllers", "scheduler")
_LOG = logging.getLogger("network")


async def pass_on(sockets: list[socket.socket]) -> None:
    """Accept on sockets from outside and dial the same ports inside, for ever."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        try:
            inside = await asyncio.open_connection(_LOCALHOST, port)
        except OSError:
            # Nothing listens yet, or just now: the client gets what it would get from a closed port.
            writer.transport.abort()
            return
        try:
            await pump.join((reader, writer), inside)
        finally:
            writer.close()

    servers = [await asyncio.start_server(accept, sock=sock) for sock in sockets]
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> int:
    """Run until killed, or until either half ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    sandbox = Sandbox.current()
    namespaces = Namespaces.parse(os.environ[VARIABLE])
    sockets = [bound(_LOCALHOST, getattr(sandbox.ports, name)) for name in _PORTS]
    handout = Handout(sandbox)
    outside = os.getpid()
    inside = os.fork()
    if inside == 0:
        handout.close()
        namespaces.enter()
        die_with(outside)
        asyncio.run(pass_on(sockets))
        return 0
    signal.signal(signal.SIGCHLD, lambda *_: os._exit(1))
    for sock in sockets:
        sock.close()
    _LOG.info("connections to ports %s are passed on by pid %d", ", ".join(_PORTS), inside)
    handout.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
