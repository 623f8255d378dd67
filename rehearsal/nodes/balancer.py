"""Load balancers: a loopback address a Service, forwarding TCP to the pods that are ready.

As in EKS a Service without a class is the cloud provider's, one of class `service.k8s.aws/nlb` waits for the AWS Load
Balancer Controller, whose chart must be in the cluster, and one of a class that nothing serves waits for ever.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.nodes.addresses import AddressesExhaustedError, LoopbackPool
from rehearsal.nodes.api import Api, Object, object_path
from rehearsal.nodes.charts import missing_chart
from rehearsal.nodes.events import Events
from rehearsal.nodes.forward import Forwarder, Route
from rehearsal.nodes.source_ranges import admits
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5
# A class to the chart whose controller serves it.
_CONTROLLERS = {"service.k8s.aws/nlb": "aws-load-balancer-controller"}
_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"


@dataclass(kw_only=True)
class Balancer(Route):
    """One Service of type LoadBalancer."""

    refused: int = 0

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
        releases: Store,
        loopback: LoopbackPool,
        forwarder: Forwarder,
        listen: Callable[[str, int], socket.socket],
    ) -> None:
        """Listen nowhere yet; ``listen`` makes sockets that clients on this machine reach."""
        self._api, self._services, self._releases = api, services, releases
        self._loopback, self._forwarder, self._bound = loopback, forwarder, listen
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
        missing = missing_chart(chart, self._releases)
        return f"loadBalancerClass {name} {missing}" if missing else ""

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
        for number in balancer.take_over(service):
            await self._listen(balancer, number)
        if not balancer.problems:
            await self._announce(balancer)

    async def _listen(self, balancer: Balancer, number: int) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(balancer, number, reader, writer)

        try:
            sock = await asyncio.to_thread(self._bound, balancer.address, number)
            server = await asyncio.start_server(accept, sock=sock)
        except OSError as error:
            why = (
                "ports below 1024 need root; set the service's endpoint.port"
                if error.errno == errno.EACCES
                else error.strerror or str(error)
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
            balancer.close()
            self._loopback.forget(uid)

    async def _serve(
        self, balancer: Balancer, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            pods = self._forwarder.addresses(balancer.service, number)
            if not admits(writer.get_extra_info("peername")[0], balancer.ranges, scheme=balancer.scheme, pods=pods):
                balancer.refused += 1
                return
            await self._forwarder.carry(balancer, number, reader, writer)
        finally:
            writer.close()


def _wanted(service: Object) -> bool:
    return service["spec"].get("type") == "LoadBalancer" and not service["metadata"].get("deletionTimestamp")
