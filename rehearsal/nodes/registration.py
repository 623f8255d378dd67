"""The Node objects of the machines, as their kubelets keep them: registered, alive, with the GPUs of a device plugin."""

import logging

from rehearsal.controlplane.errors import AlreadyExistsError, KubeError, NotFoundError
from rehearsal.nodes.api import MERGE, STRATEGIC, Api, Object
from rehearsal.nodes.machines import Machine, conditions, timestamp
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_LEASE_SECONDS = 40
CONTROL_PLANE_TAINTS = "node.kubernetes.io/"
"""Beginning of the keys of taints that the control plane itself writes and removes."""


class Registration:
    """Writes Nodes and leases."""

    def __init__(self, api: Api, nodes: Store, kubelet: tuple[str, int]) -> None:
        self._api, self._nodes, self._kubelet = api, nodes, kubelet
        self._gpus: dict[str, int] = {}

    async def register(self, known: Machine) -> None:
        """Create the Node, or bring the status of an existing one up to date."""
        try:
            await self._api.create("/api/v1/nodes", known.node() | {"status": self._status(known)})
            whose = f"node group {known.group}" if known.group else f"NodePool {known.pool}"
            LOG.info("%s registered: %s of %s", known.name, known.instance_type, whose)
        except AlreadyExistsError:
            await self._api.patch(f"/api/v1/nodes/{known.name}/status", {"status": self._status(known)}, STRATEGIC)
        await self._renew(known)

    async def look_after(self, known: Machine, *, leaving: bool) -> None:
        """Renew the lease and repair the Node; an API server that does not answer is called again later."""
        try:
            await self._renew(known)
            await self._repair(known, leaving=leaving)
        except KubeError as error:
            LOG.info("%s: %s; again", known.name, error)

    async def update(self, known: Machine, new: Machine) -> bool:
        """Write labels, taints and status that changed; return whether there was a Node to write them to."""
        node = self._nodes.get("", known.name)
        if node is None:
            return False
        taken_away = {label: None for label in known.labels if label not in new.labels}
        kept = [taint for taint in node["spec"].get("taints", []) if taint["key"].startswith(CONTROL_PLANE_TAINTS)]
        wanted = new.node()
        wanted["metadata"]["labels"] |= taken_away
        path = f"/api/v1/nodes/{known.name}"
        await self._api.patch(path, {"metadata": wanted["metadata"], "spec": {"taints": kept + new.taints}})
        await self._api.patch(f"{path}/status", {"status": self._status(new)}, STRATEGIC)
        return True

    async def set_gpus(self, known: Machine, gpus: int) -> None:
        """Make GPUs allocatable, as a device plugin registered them (0: it went away)."""
        if self._gpus.get(known.name, 0) == gpus:
            return
        self._gpus[known.name] = gpus
        await self._api.patch(f"/api/v1/nodes/{known.name}/status", {"status": self._status(known)}, STRATEGIC)

    def forget(self, known: Machine) -> None:
        """The machine is gone."""
        self._gpus.pop(known.name, None)

    def _status(self, known: Machine) -> Object:
        return known.status(gpus=self._gpus.get(known.name, 0), kubelet=self._kubelet)

    async def _renew(self, known: Machine) -> None:
        spec = {
            "holderIdentity": known.name,
            "leaseDurationSeconds": _LEASE_SECONDS,
            "renewTime": timestamp().replace("Z", ".000000Z"),
        }
        try:
            await self._api.patch(f"{LEASES}/{known.name}", {"spec": spec}, MERGE)
        except NotFoundError:
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": known.name}}
            await self._api.create(LEASES, lease | {"spec": spec})

    async def _repair(self, known: Machine, *, leaving: bool) -> None:
        node = self._nodes.get("", known.name)
        if node is None:
            # A kubelet registers when it starts: the Node of a launched instance that was deleted stays deleted.
            if known.group and self._nodes.synced.is_set() and not leaving:
                await self.register(known)
            return
        ready = next((c["status"] for c in node["status"].get("conditions", []) if c["type"] == "Ready"), "")
        port = node["status"].get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port")
        if ready != "True" or port != self._kubelet[1]:
            status = self._status(known) | {"conditions": conditions()}
            await self._api.patch(f"/api/v1/nodes/{known.name}/status", {"status": status}, STRATEGIC)
