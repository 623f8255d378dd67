"""Nodes without machines: Node objects, GPUs and leases as the node agent writes them, and no process behind them."""

import asyncio
from collections.abc import Sequence
from functools import partial

from rehearsal.bench.requests import at_once
from rehearsal.kubernetes.waiting.readiness import is_true
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.machines import GPU_RESOURCE, Machine, type_facts
from rehearsal.nodes.registration import CONTROL_PLANE_TAINTS, Registration
from rehearsal.nodes.store import Store

INSTANCE_TYPE = "g5.2xlarge"
GPU_TAINT = {"key": GPU_RESOURCE, "value": "present", "effect": "NoSchedule"}
# As kubelet renews: nodeLeaseDurationSeconds of 40, a quarter of it apart.
# https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
RENEW_SECONDS = 10.0
_KUBELET = ("127.0.0.1", 10250)
_ZONES = "abc"
LARGEST = 64_000


def machines(count: int) -> list[Machine]:
    """GPU machines of one node group over three zones, one GPU each; at most 64,000."""
    if not 0 < count <= LARGEST:
        raise ValueError(f"{count} nodes: 1 to {LARGEST} have an address")
    facts = type_facts(INSTANCE_TYPE, None)
    return [
        Machine(
            key=f"simulated#{index}",
            group="g5",
            cluster="simulated",
            address=f"10.0.{index // 250}.{index % 250 + 4}",
            region="us-east-1",
            zone=f"us-east-1{_ZONES[index % len(_ZONES)]}",
            cidr="10.0.0.0/16",
            instance_type=INSTANCE_TYPE,
            capacity_type="ON_DEMAND",
            disk_gib=200,
            version="1.35",
            labels={"accelerator": "nvidia", "pool": "g5"},
            taints=[GPU_TAINT],
            **facts,
        )
        for index in range(count)
    ]


class SimulatedNodes:
    """Registers machines as fast as the API server takes them, and keeps them alive, each with a rhythm of its own."""

    def __init__(self, api: Api, nodes: Store, known: Sequence[Machine]) -> None:
        self._nodes, self._known = nodes, known
        self._registration = Registration(api, nodes, _KUBELET)

    async def register(self) -> None:
        """Create the Nodes and their leases, then make their GPUs allocatable, as a device plugin does."""
        await at_once([partial(self._register, known) for known in self._known])

    async def all_schedulable(self) -> None:
        """Wait until the scheduler may use each: Ready, its GPU allocatable, the control plane's own taints gone."""
        names = {known.name for known in self._known}
        done = asyncio.Event()

        def changed(_old: Object | None, new: Object | None) -> None:
            if new is not None and schedulable(new):
                names.discard(new["metadata"]["name"])
            if not names:
                done.set()

        self._nodes.subscribe(changed)
        for node in self._nodes:
            changed(None, node)
        await done.wait()

    async def heartbeat(self) -> None:
        """Renew all leases until cancelled, spread evenly over the time between two renewals of one."""
        async with asyncio.TaskGroup() as group:
            for index, known in enumerate(self._known):
                group.create_task(self._keep_alive(known, RENEW_SECONDS * index / len(self._known)))

    async def _register(self, known: Machine) -> None:
        await self._registration.register(known)
        await self._registration.set_gpus(known, known.gpus)

    async def _keep_alive(self, known: Machine, offset: float) -> None:
        await asyncio.sleep(offset)
        while True:
            await self._registration.look_after(known, leaving=False)
            await asyncio.sleep(RENEW_SECONDS)


def schedulable(node: Object) -> bool:
    """Whether pods that request a GPU can be bound to a Node."""
    ready = is_true(node, "Ready")
    tainted = any(taint["key"].startswith(CONTROL_PLANE_TAINTS) for taint in node["spec"].get("taints", []))
    return ready and not tainted and node["status"].get("allocatable", {}).get(GPU_RESOURCE, "0") != "0"
