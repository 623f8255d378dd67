"""The agent's parts, put together and kept running."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from rehearsal.controlplane import pki
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.kubernetes.helm import RELEASE_TYPE
from rehearsal.nodes.addresses import LoopbackPool, SubnetPool
from rehearsal.nodes.api import Api
from rehearsal.nodes.aws import Cloud
from rehearsal.nodes.balancer import Balancers
from rehearsal.nodes.block_storage import BlockStorage
from rehearsal.nodes.kubelet import Kubelet
from rehearsal.nodes.registry import Registry
from rehearsal.nodes.server import free_socket, logs_app, serve_logs, serve_status, status_app
from rehearsal.nodes.store import Store
from rehearsal.sandbox import Sandbox

LOG = logging.getLogger(__name__)


async def run(sandbox: Sandbox) -> None:
    """Run until cancelled, or until a part of the agent fails."""
    sandbox.nodes.mkdir(parents=True, exist_ok=True)
    keys = await asyncio.to_thread(pki.ensure, sandbox)
    config = Kubeconfig.parse(sandbox.admin_kubeconfig.read_text())
    async with Api(config) as api:
        cloud, logs = Cloud(sandbox.aws_url), free_socket()
        nodes, pods = Store(api, "/api/v1/nodes"), Store(api, "/api/v1/pods")
        services, slices = Store(api, "/api/v1/services"), Store(api, "/apis/discovery.k8s.io/v1/endpointslices")
        releases = Store(api, "/api/v1/secrets", f"type={RELEASE_TYPE}")
        loopback = LoopbackPool(sandbox.loopback_prefix, sandbox.nodes / "load-balancers.json")
        subnets = SubnetPool()
        registry = Registry(
            api=api,
            cloud=cloud,
            nodes=nodes,
            pods=pods,
            subnets=subnets,
            file=sandbox.nodes / "machines.json",
            kubelet_port=logs.getsockname()[1],
        )
        kubelet = Kubelet(sandbox=sandbox, api=api, pods=pods, registry=registry, loopback=loopback, subnets=subnets)
        claims, disks = Store(api, "/api/v1/persistentvolumeclaims"), Store(api, "/api/v1/persistentvolumes")
        storage = BlockStorage(
            api=api,
            cloud=cloud,
            claims=claims,
            volumes=disks,
            zone=registry.place,
            nodes=sandbox.nodes,
            records=sandbox.aws / "recorded.sqlite",
        )
        balancers = Balancers(
            api=api,
            services=services,
            slices=slices,
            releases=releases,
            loopback=loopback,
            target=kubelet.loopback_of,
        )
        try:
            await _together(
                *(store.run() for store in (nodes, pods, services, slices, releases, claims, disks)),
                registry.follow(),
                registry.heartbeat(),
                kubelet.watch_plugins(),
                balancers.run(),
                storage.run(),
                serve_logs(logs_app(kubelet), logs, keys),
                serve_status(status_app(kubelet, registry, balancers), sandbox.ports.nodes),
            )
        finally:
            await cloud.close()


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """All of them, or none: whatever ends takes the agent with it, and the supervisor starts a new one."""
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)
