"""Load balancers: a loopback address a Service, forwarding TCP to the pods that are ready.

As in EKS a Service without a class is the cloud provider's, one of class `service.k8s.aws/nlb` waits for the AWS Load
Balancer Controller, whose chart must be in the cluster, and one of a class that nothing serves waits for ever.
"""

import asyncio
import contextlib
import errno
import ipaddress
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.kubernetes.helm import CHART
from rehearsal.nodes.addresses import AddressesExhaustedError, LoopbackPool
from rehearsal.nodes.api import Api, Object, object_path
from rehearsal.nodes.events import Events
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
_CONNECT_SECONDS = 2.0
_CHUNK = 65536
_RETRY_SECONDS = 0.5
# A class to the chart whose controller serves it.
_CONTROLLERS = {"service.k8s.aws/nlb": "aws-load-balancer-controller"}
_SERVICE_NAME = "kubernetes.io/service-name"
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(kw_only=True)
class Balancer:
    """One Service of type LoadBalancer."""

    service: Object
    address: str
    listeners: dict[int, asyncio.Server] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    connections: int = 0
    refused: int = 0
    turn: int = 0

    @property
    def scheme(self) -> str:
        """``internal``, which is the controller's default, or ``internet-facing``."""
        return str((self.service["metadata"].get("annotations") or {}).get(_SCHEME) or "internal")

    @property
    def ranges(self) -> list[str]:
        """Sources that are let in; none given means all."""
        return list(self.service["spec"].get("loadBalancerSourceRanges") or [])


class Balancers:
    """Follows Services and EndpointSlices."""

    def __init__(
        self,
        *,
        api: Api,
        services: Store,
        slices: Store,
        releases: Store,
        loopback: LoopbackPool,
        target: Callable[[str], str | None],
    ) -> None:
        """Listen nowhere yet; ``target`` finds the loopback address behind a pod's address."""
        self._api, self._services, self._slices, self._releases = api, services, slices, releases
        self._loopback, self._target = loopback, target
        self._events = Events(api, "rehearsal-load-balancer")
        self._work: asyncio.Queue[tuple[Object | None, Object | None]] = asyncio.Queue()
        self.balancers: dict[str, Balancer] = {}
        services.subscribe(lambda old, new: self._work.put_nowait((old, new)))
        releases.subscribe(self._look_again)

    async def run(self) -> None:
        """Keep the listeners in step with the Services."""
        while True:
            old, new = await self._work.get()
            if old and (new is None or new["metadata"]["uid"] != old["metadata"]["uid"] or not _wanted(new)):
                self._close(old["metadata"]["uid"])
            if new and _wanted(new):
                await self._open(new)

    def _look_again(self, _old: Object | None, release: Object | None) -> None:
        """A controller has come: it takes the Services that waited for it."""
        if release is not None:
            for service in self._services:
                self._work.put_nowait((None, service))

    def _unserved(self, service: Object) -> str:
        """Why no controller takes the Service; empty if one does."""
        name = service["spec"].get("loadBalancerClass")
        if name is None:
            return ""
        chart = _CONTROLLERS.get(name)
        if chart is None:
            return f"no controller in this cluster serves loadBalancerClass {name}"
        charts = {(release["metadata"].get("annotations") or {}).get(CHART) for release in self._releases}
        return (
            "" if chart in charts else f"loadBalancerClass {name} waits for the chart {chart}, which is not installed"
        )

    def status(self) -> list[Object]:
        """What `/status` says of them."""
        return [
            {
                "namespace": balancer.service["metadata"]["namespace"],
                "name": balancer.service["metadata"]["name"],
                "address": balancer.address,
                "ports": sorted(balancer.listeners),
                "problems": list(balancer.problems.values()),
                "connections": balancer.connections,
                "refused_by_source_ranges": balancer.refused,
            }
            for balancer in self.balancers.values()
        ]

    async def _open(self, service: Object) -> None:
        uid = service["metadata"]["uid"]
        if uid not in self.balancers:
            if why := self._unserved(service):
                self._events.emit(service, "NoLoadBalancerController", why, warning=True)
                return
            try:
                self.balancers[uid] = Balancer(service=service, address=self._loopback.keep(uid))
            except AddressesExhaustedError as error:
                self._events.emit(service, "FailedDeployModel", str(error), warning=True)
                return
        balancer = self.balancers[uid]
        balancer.service = service
        ports = {port["port"]: port for port in service["spec"]["ports"] if port.get("protocol", "TCP") == "TCP"}
        for number in set(balancer.listeners) - set(ports):
            balancer.listeners.pop(number).close()
        balancer.problems = {number: text for number, text in balancer.problems.items() if number in ports}
        for number in sorted(set(ports) - set(balancer.listeners)):
            await self._listen(balancer, number)
        if not balancer.problems:
            await self._announce(balancer)

    async def _listen(self, balancer: Balancer, number: int) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(balancer, number, reader, writer)

        try:
            server = await asyncio.start_server(accept, balancer.address, number, reuse_address=True)
        except OSError as error:
            why = (
                "ports below 1024 need root; set the service's endpoint.port"
                if error.errno == errno.EACCES
                else error.strerror
            )
            message = f"cannot listen on {balancer.address}:{number}: {why}"
            if balancer.problems.get(number) != message:
                balancer.problems[number] = message
                self._events.emit(balancer.service, "FailedDeployModel", message, warning=True)
        else:
            balancer.listeners[number] = server
            balancer.problems.pop(number, None)

    async def _announce(self, balancer: Balancer) -> None:
        wanted = [{"ip": balancer.address, "ipMode": "VIP"}]
        while (balancer.service.get("status") or {}).get("loadBalancer", {}).get("ingress") != wanted:
            path = object_path(balancer.service, "services", "status")
            try:
                balancer.service = await self._api.patch(path, {"status": {"loadBalancer": {"ingress": wanted}}})
            except NotFoundError:
                return
            except KubeError as error:
                LOG.info("status of service %s: %s; again", balancer.service["metadata"]["name"], error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _close(self, uid: str) -> None:
        balancer = self.balancers.pop(uid, None)
        if balancer:
            for listener in balancer.listeners.values():
                listener.close()
            self._loopback.forget(uid)

    def endpoints(self, service: Object, number: int) -> list[tuple[str, int]]:
        """Where a port of the Service leads: ready endpoints, or those that still serve while they terminate."""
        ready: list[tuple[str, int]] = []
        serving: list[tuple[str, int]] = []
        for endpoint, port in self._endpoints(service, number):
            state = endpoint.get("conditions", {})
            loopback = self._target(endpoint["addresses"][0])
            if loopback and state.get("ready"):
                ready.append((loopback, port))
            elif loopback and state.get("serving") and state.get("terminating"):
                serving.append((loopback, port))
        return ready or serving

    def _addresses(self, service: Object, number: int) -> list[str]:
        """Addresses in the VPC of the pods behind a port."""
        return [endpoint["addresses"][0] for endpoint, _ in self._endpoints(service, number)]

    def _endpoints(self, service: Object, number: int) -> Iterator[tuple[Object, int]]:
        """Endpoints of a port of the Service in its slices, each with the pods' port."""
        meta = service["metadata"]
        name = next((port.get("name", "") for port in service["spec"]["ports"] if port["port"] == number), "")
        for entry in self._slices:
            labels = entry["metadata"].get("labels", {})
            same = entry["metadata"]["namespace"] == meta["namespace"] and labels.get(_SERVICE_NAME) == meta["name"]
            port = next((p["port"] for p in entry.get("ports") or [] if (p.get("name") or "") == name), None)
            if not same or port is None:
                continue
            for endpoint in entry.get("endpoints") or []:
                yield endpoint, port

    async def _serve(
        self, balancer: Balancer, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            source = ipaddress.ip_address(writer.get_extra_info("peername")[0])
            if not self._admits(balancer, number, source):
                balancer.refused += 1
                return
            upstream = await self._connect(balancer, number)
            if upstream is None:
                return
            balancer.connections += 1
            try:
                await asyncio.gather(_pump(reader, upstream[1]), _pump(upstream[0], writer))
            finally:
                upstream[1].close()
        finally:
            writer.close()

    def _admits(self, balancer: Balancer, number: int, source: _Address) -> bool:
        """Whether the source ranges let a client in; one of this machine stands beside the pods, in their network."""
        networks = [ipaddress.ip_network(block) for block in balancer.ranges]
        if not networks or any(source in network for network in networks):
            return True
        if not source.is_loopback or balancer.scheme != "internal":
            return False
        pods = [ipaddress.ip_address(address) for address in self._addresses(balancer.service, number)]
        return any(pod in network for pod in pods for network in networks)

    async def _connect(
        self, balancer: Balancer, number: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Connect to an endpoint, in turn; to the next one if it refuses."""
        found = self.endpoints(balancer.service, number)
        balancer.turn += 1
        for offset in range(len(found)):
            address, port = found[(balancer.turn + offset) % len(found)]
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port)
        LOG.info("%s: no endpoint takes the connection", balancer.service["metadata"]["name"])
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end; pass the end on, and a broken connection as a broken connection."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()


def _wanted(service: Object) -> bool:
    return service["spec"].get("type") == "LoadBalancer" and not service["metadata"].get("deletionTimestamp")
