"""The agent's parts, put together and kept running."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Self

from rehearsal.controlplane import pki
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.images import timing
from rehearsal.kubernetes.helm import RELEASE_TYPE
from rehearsal.network import listeners
from rehearsal.network.addresses import bridge, dns
from rehearsal.network.addresses import services as service_range
from rehearsal.network.kinds import Kind
from rehearsal.network.pods import LoopbackPods, PodNetwork
from rehearsal.nodes.addons import AddOns
from rehearsal.nodes.addresses import LoopbackPool, SubnetPool
from rehearsal.nodes.alb.controller import Albs
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.aws import Cloud
from rehearsal.nodes.balancer import Balancers
from rehearsal.nodes.block_storage import BlockStorage
from rehearsal.nodes.departure import Departure
from rehearsal.nodes.dns import serve_names
from rehearsal.nodes.forward import Forwarder
from rehearsal.nodes.instances import LaunchedInstances
from rehearsal.nodes.kubelet import Kubelet
from rehearsal.nodes.kubelet_auth import KubeletAuth
from rehearsal.nodes.kubelet_server import kubelet_app, kubelet_socket, serve_kubelet
from rehearsal.nodes.names import Names, internal_ip
from rehearsal.nodes.node_groups import NodeGroups
from rehearsal.nodes.refresh import VolumeRefresh
from rehearsal.nodes.registration import Registration
from rehearsal.nodes.registry import Registry
from rehearsal.nodes.server import serve_status, status_app
from rehearsal.nodes.services import ServiceProxy
from rehearsal.nodes.store import Store
from rehearsal.sandbox import Sandbox

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Stores:
    """What the agent watches of the API server."""

    nodes: Store
    pods: Store
    services: Store
    slices: Store
    ingresses: Store
    config_maps: Store
    secrets: Store
    """But for those of Helm's releases."""
    releases: Store
    claims: Store
    volumes: Store

    @classmethod
    def of(cls, api: Api) -> Self:
        """The stores, empty until they run."""
        return cls(
            nodes=Store(api, "/api/v1/nodes"),
            pods=Store(api, "/api/v1/pods"),
            services=Store(api, "/api/v1/services"),
            slices=Store(api, "/apis/discovery.k8s.io/v1/endpointslices"),
            ingresses=Store(api, "/apis/networking.k8s.io/v1/ingresses"),
            config_maps=Store(api, "/api/v1/configmaps"),
            secrets=Store(api, "/api/v1/secrets", f"type!={RELEASE_TYPE}"),
            releases=Store(api, "/api/v1/secrets", f"type={RELEASE_TYPE}"),
            claims=Store(api, "/api/v1/persistentvolumeclaims"),
            volumes=Store(api, "/api/v1/persistentvolumes"),
        )

    def run(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What keeps each of them, until cancelled."""
        return (getattr(self, each.name).run() for each in fields(self))


async def run(sandbox: Sandbox) -> None:
    """Run until cancelled, or until a part of the agent fails."""
    sandbox.nodes.mkdir(parents=True, exist_ok=True)
    timing.keep(sandbox.nodes)
    keys = await asyncio.to_thread(pki.ensure, sandbox)
    config = Kubeconfig.parse(sandbox.admin_kubeconfig.read_text())
    async with Api(config) as api:
        status = await asyncio.to_thread(listeners.listen, sandbox, "127.0.0.1", sandbox.ports.nodes)
        cloud, logs, stores = Cloud(sandbox.aws_url), kubelet_socket(sandbox), _Stores.of(api)
        loopback = LoopbackPool(sandbox.loopback_prefix, sandbox.nodes / "load-balancers.json")
        network = _network(sandbox, loopback)
        follow_nodes(stores.nodes, network)
        subnets = SubnetPool()
        registry = Registry(
            sources=(NodeGroups(cloud), LaunchedInstances(cloud)),
            registration=Registration(api, stores.nodes, logs.getsockname()),
            departure=Departure(api, stores.pods, sandbox.nodes),
            subnets=subnets,
            file=sandbox.nodes / "machines.json",
        )
        kubelet = Kubelet(
            sandbox=sandbox, api=api, pods=stores.pods, registry=registry, network=network, subnets=subnets
        )
        contents = {"configmaps": stores.config_maps, "secrets": stores.secrets}
        records = sandbox.aws / "recorded.sqlite"
        storage = BlockStorage(
            api=api,
            cloud=cloud,
            claims=stores.claims,
            volumes=stores.volumes,
            place=registry.place,
            nodes=sandbox.nodes,
            records=records,
        )
        forwarder = Forwarder(stores.slices, network.target, apiserver=("127.0.0.1", sandbox.ports.apiserver))
        balancers, albs = _load_balancers(sandbox, api, stores, forwarder, loopback)
        proxy = ServiceProxy(services=stores.services, forwarder=forwarder)
        parts = [
            *stores.run(),
            registry.follow(),
            registry.heartbeat(),
            kubelet.watch_plugins(),
            VolumeRefresh(contents, kubelet.runners.values).run(),
            balancers.run(),
            albs.run(),
            proxy.run(),
            storage.run(),
            serve_kubelet(kubelet_app(kubelet, registry, KubeletAuth(api)), logs, keys, registry),
            serve_status(status_app(kubelet, registry, lambda: [*balancers.status(), *albs.status()], proxy), status),
        ]
        if _namespaced(sandbox):
            # On loopback all nodes have one address for their kubelets: metrics-server could not tell them apart.
            addons = AddOns(kubeconfig=sandbox.admin_kubeconfig, records=records, folder=sandbox.nodes / "add-ons")
            names = Names(stores.services, stores.slices, stores.nodes)
            parts += [addons.run(), serve_names(names, dns(sandbox))]
        try:
            await _together(*parts)
        finally:
            await cloud.close()


def _load_balancers(
    sandbox: Sandbox, api: Api, stores: _Stores, forwarder: Forwarder, loopback: LoopbackPool
) -> tuple[Balancers, Albs]:
    """Network load balancers of Services, and application load balancers of Ingresses."""
    balancers = Balancers(
        api=api,
        services=stores.services,
        releases=stores.releases,
        loopback=loopback,
        forwarder=forwarder,
        listen=partial(listeners.listen, sandbox),
    )
    albs = Albs(
        api=api,
        ingresses=stores.ingresses,
        services=stores.services,
        pods=stores.pods,
        releases=stores.releases,
        forwarder=forwarder,
        loopback=loopback,
        listen=partial(listeners.listen, sandbox),
        folder=sandbox.nodes,
        aws_url=sandbox.aws_url,
    )
    return balancers, albs


def _namespaced(sandbox: Sandbox) -> bool:
    return sandbox.network == Kind.NAMESPACES


def _network(sandbox: Sandbox, loopback: LoopbackPool) -> PodNetwork:
    """The sandbox's network, of its kind."""
    if not _namespaced(sandbox):
        return LoopbackPods(loopback.lend, loopback.give_back)
    # Its library takes time and memory to load, which a sandbox on loopback need not spend.
    from rehearsal.network.bridged import BridgedPods  # noqa: PLC0415

    return BridgedPods(bridge(), service_range(sandbox))


def follow_nodes(nodes: Store, network: PodNetwork) -> None:
    """Keep the nodes' addresses on the network."""

    def changed(old: Object | None, new: Object | None) -> None:
        before, after = internal_ip(old), internal_ip(new)
        if before and before != after:
            network.release(before)
        if after and before != after:
            network.claim(after)

    nodes.subscribe(changed)


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """All of them, or none: whatever ends takes the agent with it, and the supervisor starts a new one."""
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)
