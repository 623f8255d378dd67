"""Service proxy: every TCP port of every ClusterIP, as kube-proxy would serve it.

Session affinity is not kept. UDP ports are not served; the cluster's DNS has a server of its own.
"""

import asyncio
import contextlib
import errno
import logging

from rehearsal.nodes.api import Object
from rehearsal.nodes.forward import Forwarder, Route
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)


class ServiceProxy:
    """Follows Services."""

    def __init__(self, *, services: Store, forwarder: Forwarder) -> None:
        """Listen nowhere yet."""
        self._forwarder = forwarder
        self._work: asyncio.Queue[tuple[Object | None, Object | None]] = asyncio.Queue()
        self.proxied: dict[str, Route] = {}
        services.subscribe(lambda old, new: self._work.put_nowait((old, new)))

    async def run(self) -> None:
        """Keep the listeners in step with the Services."""
        while True:
            old, new = await self._work.get()
            if old and (new is None or new["metadata"]["uid"] != old["metadata"]["uid"]):
                self._forget(old["metadata"]["uid"])
            if new:
                await self._follow(new)

    @property
    def problems(self) -> list[str]:
        """What could not be listened on."""
        return [text for proxied in self.proxied.values() for text in proxied.problems.values()]

    async def _follow(self, service: Object) -> None:
        uid, address = service["metadata"]["uid"], cluster_ip(service)
        known = self.proxied.get(uid)
        if known and known.address != address:
            self._forget(uid)
        if not address:
            return
        proxied = self.proxied.setdefault(uid, Route(service=service, address=address))
        for number in proxied.take_over(service):
            await self._listen(proxied, number)

    async def _listen(self, proxied: Route, number: int) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._forwarder.carry(proxied, number, reader, writer)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

        try:
            proxied.listeners[number] = await asyncio.start_server(accept, proxied.address, number, reuse_address=True)
        except OSError as error:
            why = "ports below 1024 need root here" if error.errno == errno.EACCES else error.strerror
            meta = proxied.service["metadata"]
            text = f"service {meta['namespace']}/{meta['name']}: cannot listen on {proxied.address}:{number}: {why}"
            if proxied.problems.get(number) != text:
                LOG.warning("%s", text)
            proxied.problems[number] = text
        else:
            proxied.problems.pop(number, None)

    def _forget(self, uid: str) -> None:
        if proxied := self.proxied.pop(uid, None):
            proxied.close()


def cluster_ip(service: Object) -> str:
    """The Service's ClusterIP; empty for a headless one, an ExternalName, and one on its way out."""
    spec = service["spec"]
    address = str(spec.get("clusterIP") or "")
    gone = service["metadata"].get("deletionTimestamp") or spec.get("type") == "ExternalName"
    return "" if gone or address == "None" else address
