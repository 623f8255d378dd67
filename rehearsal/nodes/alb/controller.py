"""The load balancer controller's part of the node agent: follows Ingresses of class ``alb`` and makes their load balancers."""

import asyncio
import contextlib
import errno
import logging
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.network import pump
from rehearsal.nodes.addresses import AddressesExhaustedError, LoopbackPool
from rehearsal.nodes.alb import certificates, ingress
from rehearsal.nodes.alb.ingress import Alb, IngressError
from rehearsal.nodes.alb.proxy import Proxy
from rehearsal.nodes.alb.targets import GATE, Target, Targets
from rehearsal.nodes.api import STRATEGIC, Api, Object
from rehearsal.nodes.charts import missing_chart
from rehearsal.nodes.events import Events
from rehearsal.nodes.forward import Forwarder
from rehearsal.nodes.podstatus import closed_gates
from rehearsal.nodes.source_ranges import admits
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
_CHART = "aws-load-balancer-controller"
_LOOK_SECONDS, _RETRY_SECONDS = 0.1, 2.0
_PATH = "/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}/status"


@dataclass(kw_only=True)
class Balancer:
    """One load balancer that runs."""

    ingress: Object
    alb: Alb
    address: str
    proxy: Proxy
    targets: Targets
    sent: list[tuple[str, int]] = field(default_factory=list)
    listeners: dict[int, asyncio.Server] = field(default_factory=dict)
    connections: int = 0
    refused: int = 0


class Albs:
    """Makes a load balancer for each Ingress of the class, once the controller's chart is installed."""

    def __init__(
        self,
        *,
        api: Api,
        ingresses: Store,
        services: Store,
        pods: Store,
        releases: Store,
        forwarder: Forwarder,
        loopback: LoopbackPool,
        listen: Callable[[str, int], socket.socket],
        folder: Path,
        aws_url: str,
    ) -> None:
        """Listen nowhere yet; ``listen`` makes sockets that clients on this machine reach."""
        self._api, self._ingresses, self._services, self._pods = api, ingresses, services, pods
        self._releases, self._forwarder, self._loopback = releases, forwarder, loopback
        self._bound, self._folder, self._aws_url = listen, folder, aws_url
        self._events = Events(api, "rehearsal-load-balancer")
        self._said: dict[str, str] = {}
        self._again: dict[str, float] = {}
        self.balancers: dict[str, Balancer] = {}

    async def run(self) -> None:
        """Keep load balancers and their targets in step until cancelled."""
        try:
            while True:
                await self._reconcile()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            for balancer in self.balancers.values():
                await balancer.proxy.stop()

    def status(self) -> list[Object]:
        """What `/status` says of them."""
        return [
            {
                "namespace": balancer.ingress["metadata"]["namespace"],
                "name": balancer.ingress["metadata"]["name"],
                "address": balancer.address,
                "ports": sorted(balancer.listeners),
                "problems": [],
                "connections": balancer.connections,
                "refused_by_source_ranges": balancer.refused,
                "healthy_targets": sum(target.healthy for target in balancer.targets),
            }
            for balancer in self.balancers.values()
        ]

    async def _reconcile(self) -> None:
        found = {one["metadata"]["uid"]: one for one in self._ingresses if ingress.wanted(one)}
        for uid in set(self.balancers) - set(found):
            await self._close(uid)
        for uid, one in found.items():
            if time.monotonic() < self._again.get(uid, 0.0):
                continue
            try:
                if why := missing_chart(_CHART, self._releases):
                    raise IngressError(f"ingress class {ingress.CLASS} {why}")
                await self._follow(uid, one, ingress.read(one))
            except (IngressError, ToolchainError, AddressesExhaustedError, OSError, TimeoutError) as error:
                self._report(uid, one, str(error) or repr(error))
            except KubeError as error:
                LOG.info("ingress %s: %s; again", one["metadata"]["name"], error)

    async def _follow(self, uid: str, one: Object, alb: Alb) -> None:
        known = self.balancers.get(uid)
        if known and known.alb != alb:
            await self._close(uid, forget=False)
            known = None
        if known is None:
            known = self.balancers[uid] = await self._open(uid, one, alb)
        known.ingress = one
        known.targets.register(self._endpoints(known))
        for target in await known.targets.check():
            await self._admit(target)
        if (serving := known.targets.serving()) != known.sent:
            known.proxy.send_to(serving)
            known.sent = serving
        await self._announce(known)

    async def _open(self, uid: str, one: Object, alb: Alb) -> Balancer:
        name = f"alb-{one['metadata']['namespace']}-{one['metadata']['name']}"
        files = None
        if alb.certificate:
            names = await certificates.domains(self._aws_url, alb.certificate)
            files = await asyncio.to_thread(certificates.issue, self._folder, name, names)
        proxy = Proxy(alb, self._folder / name, files)
        made = Balancer(ingress=one, alb=alb, address=self._loopback.keep(uid), proxy=proxy, targets=Targets(alb.check))
        await proxy.start([])
        try:
            for number, _ in alb.listeners:
                made.listeners[number] = await self._listen(made, number)
        except OSError:
            await self._end(made)
            raise
        return made

    async def _listen(self, made: Balancer, number: int) -> asyncio.Server:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                await self._serve(made, number, reader, writer)
            writer.close()

        try:
            sock = await asyncio.to_thread(self._bound, made.address, number)
        except OSError as error:
            why = "ports below 1024 need root" if error.errno == errno.EACCES else error.strerror or str(error)
            raise OSError(f"cannot listen on {made.address}:{number}: {why}") from error
        return await asyncio.start_server(accept, sock=sock)

    async def _serve(
        self, made: Balancer, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        source, port = writer.get_extra_info("peername")[:2]
        if not admits(source, made.alb.ranges, scheme=made.alb.scheme, pods=self._addresses(made)):
            made.refused += 1
            return
        made.connections += 1
        upstream = await asyncio.open_connection("127.0.0.1", made.proxy.ports[number])
        upstream[1].write(f"PROXY TCP4 {source} {made.address} {port} {number}\r\n".encode())
        await pump.join((reader, writer), upstream)

    def _service(self, made: Balancer) -> tuple[Object, int] | None:
        """The Service behind a load balancer, and the number of its port."""
        service = self._services.get(made.ingress["metadata"]["namespace"], made.alb.service)
        ports = service["spec"].get("ports", []) if service else []
        number = next((port["port"] for port in ports if made.alb.port in (port["port"], port.get("name"))), None)
        return (service, number) if service and number is not None else None

    def _addresses(self, made: Balancer) -> list[str]:
        found = self._service(made)
        return self._forwarder.addresses(*found) if found else []

    def _endpoints(self, made: Balancer) -> Iterator[Target]:
        """Pods that are registered: ready ones, and those that wait for nothing but the load balancer."""
        found, namespace = self._service(made), made.ingress["metadata"]["namespace"]
        for endpoint, address, port in self._forwarder.found(*found) if found else ():
            name = (endpoint.get("targetRef") or {}).get("name", "")
            state = endpoint.get("conditions") or {}
            if not state.get("terminating") and (
                state.get("ready") or _waits_for_its_gate(self._pods.get(namespace, name))
            ):
                yield Target(namespace=namespace, pod=name, address=address, port=port)

    async def _admit(self, target: Target) -> None:
        """Open the readiness gates of a pod whose target is healthy."""
        pod = self._pods.get(target.namespace, target.pod)
        gates = [gate for gate in closed_gates(pod) if gate.startswith(GATE)] if pod else []
        if gates:
            conditions = [{"type": gate, "status": "True", "reason": "Healthy"} for gate in gates]
            path = f"/api/v1/namespaces/{target.namespace}/pods/{target.pod}/status"
            with contextlib.suppress(NotFoundError):
                await self._api.patch(path, {"status": {"conditions": conditions}}, STRATEGIC)

    async def _announce(self, made: Balancer) -> None:
        wanted = [{"ip": made.address}]
        if ((made.ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") != wanted:
            path = _PATH.format_map(made.ingress["metadata"])
            with contextlib.suppress(NotFoundError):
                made.ingress = await self._api.patch(path, {"status": {"loadBalancer": {"ingress": wanted}}})

    async def _close(self, uid: str, *, forget: bool = True) -> None:
        made = self.balancers.pop(uid, None)
        self._said.pop(uid, None)
        if made:
            await self._end(made)
        if forget:
            self._loopback.forget(uid)

    async def _end(self, made: Balancer) -> None:
        for listener in made.listeners.values():
            listener.close()
        await made.proxy.stop()

    def _report(self, uid: str, one: Object, message: str) -> None:
        self._again[uid] = time.monotonic() + _RETRY_SECONDS
        if self._said.get(uid) != message:
            self._said[uid] = message
            self._events.emit({"kind": "Ingress", **one}, "FailedDeployModel", message, warning=True)


def _waits_for_its_gate(pod: Object | None) -> bool:
    if pod is None or not is_true(pod, "ContainersReady"):
        return False
    return any(gate["conditionType"].startswith(GATE) for gate in pod["spec"].get("readinessGates", []))
