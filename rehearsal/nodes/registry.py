"""Nodes as node groups want them: registered, kept alive, drained and removed."""

import asyncio
import json
import logging
import shutil
import time
from dataclasses import asdict
from pathlib import Path

from planner.catalog.instances import instance_types
from rehearsal.controlplane.errors import AlreadyExistsError, ApiError, KubeError, NotFoundError
from rehearsal.nodes.addresses import SubnetPool
from rehearsal.nodes.api import MERGE, STRATEGIC, Api, Object, object_path
from rehearsal.nodes.aws import Cloud, CloudUnreachableError, NodeGroup
from rehearsal.nodes.machines import Machine, conditions, key, machine, timestamp
from rehearsal.nodes.store import Store
from workspace.files import write_atomically

LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.7
_LEASE_SECONDS = 40
_RENEW_SECONDS = 10
_DRAIN_SECONDS = 120
_TOO_MANY_REQUESTS = 429
_CONTROL_PLANE_TAINTS = "node.kubernetes.io/"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


class Registry:
    """Holds the machines, and the Nodes in step with them."""

    def __init__(
        self, *, api: Api, cloud: Cloud, nodes: Store, pods: Store, subnets: SubnetPool, file: Path, kubelet_port: int
    ) -> None:
        self._api, self._cloud, self._nodes, self._pods = api, cloud, nodes, pods
        self._subnets = subnets
        self._file = file
        self._kubelet_port = kubelet_port
        self._gpus: dict[str, int] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._unwanted: set[str] = set()
        # Held while one machine is looked after or taken away: a heartbeat must not bring a Node back that just left.
        self._turn = asyncio.Lock()
        self.cloud_error = ""
        self.machines: dict[str, Machine] = {}
        for data in json.loads(file.read_text()) if file.exists() else []:
            known = Machine(**data)
            self.machines[known.name] = known
            subnets.claim(known.address)

    def place(self, name: str) -> tuple[str, str] | None:
        """Region and zone of a node; None if it is not one of these machines."""
        known = self.machines.get(name)
        return (known.region, known.zone) if known else None

    async def follow(self) -> None:
        """Read the node groups again and again; one that cannot be read changes nothing."""
        while True:
            try:
                await self._reconcile(await self._cloud.node_groups())
                self.cloud_error = ""
            except CloudUnreachableError as error:
                self.cloud_error = str(error)
            except KubeError as error:
                LOG.info("nodes: %s; again", error)
            await asyncio.sleep(_POLL_SECONDS)

    async def heartbeat(self) -> None:
        """Renew leases, and repair what a pause or a `kubectl delete node` has left behind."""
        while True:
            for name in list(self.machines):
                async with self._turn:
                    if known := self.machines.get(name):
                        await self._look_after(known)
            await asyncio.sleep(_RENEW_SECONDS)

    async def set_gpus(self, name: str, gpus: int) -> None:
        """Make GPUs allocatable, as a device plugin registered them (0: it went away)."""
        known = self.machines.get(name)
        if not known or self._gpus.get(name, 0) == gpus:
            return
        self._gpus[name] = gpus
        await self._api.patch(f"/api/v1/nodes/{name}/status", {"status": self._status(known)}, STRATEGIC)

    async def _reconcile(self, groups: list[NodeGroup]) -> None:
        wanted = {key(group, index): (group, index) for group in groups for index in range(self._size(group))}
        present = {known.key: known for known in self.machines.values()}
        await asyncio.gather(*(self._add(*wanted[name]) for name in wanted if name not in present))
        for name, known in present.items():
            if name in wanted:
                self._unwanted.discard(name)
                self._stay(known)
                await self._refresh(known, *wanted[name])
            elif name in self._unwanted and known.name not in self._leaving:
                self._leaving[known.name] = asyncio.create_task(self._leave(known))
            else:
                # Gone in one answer only: the next one must say so again.
                self._unwanted.add(name)

    def _size(self, group: NodeGroup) -> int:
        """Nodes a group is to have: one that cannot launch more keeps those it has."""
        if not group.degraded:
            return group.desired
        return min(group.desired, sum(known.key.startswith(f"{group.arn}#") for known in self.machines.values()))

    async def _add(self, group: NodeGroup, index: int) -> None:
        described = None
        if group.instance_type not in instance_types():
            described = await self._cloud.instance_type(group.region, group.instance_type)
        address = self._subnets.take(group.subnets[index % len(group.subnets)].cidr)
        new = machine(group, index, address, described)
        self.machines[new.name] = new
        self._save()
        await self._register(new)

    async def _refresh(self, known: Machine, group: NodeGroup, index: int) -> None:
        """Labels, taints and the rest of a group that was updated; EKS would roll the nodes for a new template."""
        new = machine(group, index, known.address, (known.vcpus, known.memory_gib))
        node = self._nodes.get("", known.name)
        if new == known or node is None:
            return
        taken_away = {label: None for label in known.labels if label not in new.labels}
        kept = [taint for taint in node["spec"].get("taints", []) if taint["key"].startswith(_CONTROL_PLANE_TAINTS)]
        wanted = new.node()
        wanted["metadata"]["labels"] |= taken_away
        spec = {"taints": kept + new.taints}
        path = f"/api/v1/nodes/{known.name}"
        await self._api.patch(path, {"metadata": wanted["metadata"], "spec": spec})
        await self._api.patch(f"{path}/status", {"status": self._status(new)}, STRATEGIC)
        self.machines[known.name] = new
        self._save()
        LOG.info("%s updated with node group %s", known.name, group.name)

    async def _register(self, known: Machine) -> None:
        try:
            await self._api.create("/api/v1/nodes", known.node() | {"status": self._status(known)})
            LOG.info("%s registered: %s of node group %s", known.name, known.instance_type, known.group)
        except AlreadyExistsError:
            await self._api.patch(f"/api/v1/nodes/{known.name}/status", {"status": self._status(known)}, STRATEGIC)
        await self._renew(known)

    def _status(self, known: Machine) -> Object:
        return known.status(gpus=self._gpus.get(known.name, 0), kubelet_port=self._kubelet_port)

    async def _renew(self, known: Machine) -> None:
        spec = {
            "holderIdentity": known.name,
            "leaseDurationSeconds": _LEASE_SECONDS,
            "renewTime": timestamp().replace("Z", ".000000Z"),
        }
        try:
            await self._api.patch(f"{_LEASES}/{known.name}", {"spec": spec}, MERGE)
        except NotFoundError:
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": known.name}}
            await self._api.create(_LEASES, lease | {"spec": spec})

    async def _look_after(self, known: Machine) -> None:
        try:
            await self._renew(known)
            await self._repair(known)
        except KubeError as error:
            LOG.info("%s: %s; again", known.name, error)

    async def _repair(self, known: Machine) -> None:
        node = self._nodes.get("", known.name)
        if node is None:
            if self._nodes.synced.is_set() and known.name not in self._leaving:
                await self._register(known)
            return
        ready = next((c["status"] for c in node["status"].get("conditions", []) if c["type"] == "Ready"), "")
        port = node["status"].get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port")
        if ready != "True" or port != self._kubelet_port:
            status = self._status(known) | {"conditions": conditions()}
            await self._api.patch(f"/api/v1/nodes/{known.name}/status", {"status": status}, STRATEGIC)

    def _stay(self, known: Machine) -> None:
        """The group wants the machine again before it had left."""
        task = self._leaving.pop(known.name, None)
        if task and not task.done():
            task.cancel()

    async def _leave(self, known: Machine) -> None:
        """Cordon, evict, delete, as a node group scales in; a PDB is waited for, not for ever."""
        LOG.info("%s leaves: node group %s no longer wants it", known.name, known.group)
        path = f"/api/v1/nodes/{known.name}"
        deadline = time.monotonic() + _DRAIN_SECONDS
        while True:
            try:
                await self._api.patch(path, {"spec": {"unschedulable": True}})
                pods = self._pods_on(known.name)
                for pod in pods if time.monotonic() < deadline else []:
                    await self._evict(pod)
                if not pods or time.monotonic() >= deadline:
                    async with self._turn:
                        await self._api.delete(path)
                        await self._forget(known)
                    return
            except NotFoundError:
                async with self._turn:
                    await self._forget(known)
                return
            except KubeError as error:
                LOG.info("%s: %s; again", known.name, error)
            await asyncio.sleep(0.5)

    async def _forget(self, known: Machine) -> None:
        await self._clear(known)
        self.machines.pop(known.name, None)
        self._gpus.pop(known.name, None)
        self._unwanted.discard(known.key)
        self._subnets.release(known.address)
        self._save()
        self._leaving.pop(known.name, None)

    async def _clear(self, known: Machine) -> None:
        """What is left of a machine: pods that nothing evicts, its lease, its folder."""
        force = {"gracePeriodSeconds": 0}
        left = [object_path(pod, "pods") for pod in self._pods if pod["spec"].get("nodeName") == known.name]
        for path in (*left, f"{_LEASES}/{known.name}"):
            try:
                await self._api.delete(path, force)
            except KubeError as error:
                # The pod garbage collector of the control plane comes by later.
                LOG.info("%s: %s", path, error)
        shutil.rmtree(self._file.parent / known.name, ignore_errors=True)

    def _pods_on(self, name: str) -> list[Object]:
        return [
            pod
            for pod in self._pods
            if pod["spec"].get("nodeName") == name
            and pod["status"].get("phase") not in {"Succeeded", "Failed"}
            and not any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences", []))
        ]

    async def _evict(self, pod: Object) -> None:
        if pod["metadata"].get("deletionTimestamp"):
            return
        meta = {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/eviction"
        try:
            await self._api.create(path, {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta})
        except NotFoundError:
            return
        except ApiError as error:
            if error.code != _TOO_MANY_REQUESTS:
                raise

    def _save(self) -> None:
        write_atomically(self._file, json.dumps([asdict(known) for known in self.machines.values()]))
