"""The cluster's DNS on its address: UDP, and TCP for clients that prefer it."""

import asyncio
import contextlib
import struct
from typing import cast

from dnslib import DNSError

from rehearsal.nodes.names import Names

_PORT = 53


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own datagram transport is no subclass of the type that it is documented as.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        with contextlib.suppress(DNSError):  # not a query: no client waits for an answer
            reply = self._names.reply(data)
            if self._transport:
                self._transport.sendto(reply, address)


async def serve_names(names: Names, address: str, port: int = _PORT) -> None:
    """Answer until cancelled."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(DNSError, asyncio.IncompleteReadError, OSError):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = names.reply(await reader.readexactly(length))
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
        writer.close()

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Udp(names), local_addr=(address, port)
    )
    try:
        server = await asyncio.start_server(accept, address, port)
        async with server:
            await server.serve_forever()
    finally:
        transport.close()
