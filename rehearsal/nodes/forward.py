"""TCP connections to a Service, carried to the pods that are ready; load balancers and ClusterIPs share it."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rehearsal.network import pump
from rehearsal.nodes.api import Object

LOG = logging.getLogger(__name__)
_CONNECT_SECONDS = 2.0
_KUBERNETES = ("default", "kubernetes")
_SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(kw_only=True)
class Route:
    """A Service that connections go to.

    Attributes:
        address: Where clients reach it.
        listeners: What listens there, by port.
        problems: Why nothing listens, by port.
        connections: How many were carried.
        turn: Which endpoint comes next.
    """

    service: Object
    address: str
    listeners: dict[int, asyncio.Server] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    connections: int = 0
    turn: int = 0

    def take_over(self, service: Object) -> list[int]:
        """Take the Service as it is now; stop listening on ports that it has no more, and return those to listen on."""
        self.service = service
        ports = {port["port"] for port in service["spec"].get("ports", []) if port.get("protocol", "TCP") == "TCP"}
        for number in set(self.listeners) - ports:
            self.listeners.pop(number).close()
        self.problems = {number: text for number, text in self.problems.items() if number in ports}
        return sorted(ports - set(self.listeners))

    def close(self) -> None:
        """Stop listening; connections that are open go on."""
        for listener in self.listeners.values():
            listener.close()
        self.listeners.clear()


def slices_of(service: Object, slices: Iterable[Object]) -> Iterator[Object]:
    """EndpointSlices of a Service, among those of all."""
    meta = service["metadata"]
    for entry in slices:
        labels = entry["metadata"].get("labels", {})
        if entry["metadata"]["namespace"] == meta["namespace"] and labels.get(_SERVICE_NAME) == meta["name"]:
            yield entry


class Forwarder:
    """Finds endpoints in EndpointSlices and carries connections to them."""

    def __init__(
        self, slices: Iterable[Object], target: Callable[[str], str | None], *, apiserver: tuple[str, int]
    ) -> None:
        """Carry nothing yet.

        Args:
            slices: EndpointSlices.
            target: Says where to dial for an endpoint's address.
            apiserver: Where the Service ``kubernetes`` leads; the API takes no loopback address as its endpoint.
        """
        self._slices, self._target, self._apiserver = slices, target, apiserver

    def endpoints(self, service: Object, number: int) -> list[tuple[str, int]]:
        """Where a port of the Service leads: ready endpoints, or those that still serve while they terminate."""
        if (service["metadata"]["namespace"], service["metadata"]["name"]) == _KUBERNETES:
            return [self._apiserver]
        ready: list[tuple[str, int]] = []
        serving: list[tuple[str, int]] = []
        for endpoint, where, port in self.found(service, number):
            state = endpoint.get("conditions", {})
            if state.get("ready"):
                ready.append((where, port))
            elif state.get("serving") and state.get("terminating"):
                serving.append((where, port))
        return ready or serving

    def found(self, service: Object, number: int) -> Iterator[tuple[Object, str, int]]:
        """Endpoints of a port of the Service that can be dialed, with where and on which port, in every state."""
        for endpoint, port in self._found(service, number):
            if where := self._target(endpoint["addresses"][0]):
                yield endpoint, where, port

    def addresses(self, service: Object, number: int) -> list[str]:
        """Addresses in the VPC of the pods behind a port."""
        return [endpoint["addresses"][0] for endpoint, _ in self._found(service, number)]

    async def carry(
        self, route: Route, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Connect to an endpoint and copy both ways until both ends are done; the caller closes ``writer``."""
        upstream = await self._connect(route, number)
        if upstream is None:
            return
        route.connections += 1
        await pump.join((reader, writer), upstream)

    def _found(self, service: Object, number: int) -> Iterator[tuple[Object, int]]:
        """Endpoints of a port of the Service in its slices, each with the pods' port."""
        name = next((port.get("name", "") for port in service["spec"]["ports"] if port["port"] == number), "")
        for entry in slices_of(service, self._slices):
            port = next((p["port"] for p in entry.get("ports") or [] if (p.get("name") or "") == name), None)
            if port is None:
                continue
            for endpoint in entry.get("endpoints") or []:
                yield endpoint, port

    async def _connect(self, route: Route, number: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Connect to an endpoint, in turn; to the next one if it refuses."""
        found = self.endpoints(route.service, number)
        route.turn += 1
        for offset in range(len(found)):
            address, port = found[(route.turn + offset) % len(found)]
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port)
        LOG.info("%s: no endpoint takes the connection", route.service["metadata"]["name"])
        return None
