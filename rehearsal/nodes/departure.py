"""How a machine goes: drained, as a node group scales in, or at once, as an instance is terminated."""

import asyncio
import logging
import shutil
import time
from pathlib import Path

from rehearsal.controlplane.errors import ApiError, KubeError, NotFoundError
from rehearsal.nodes.api import Api, Object, object_path
from rehearsal.nodes.machines import Machine
from rehearsal.nodes.registration import LEASES
from rehearsal.nodes.store import Store

LOG = logging.getLogger(__name__)
_DRAIN_SECONDS = 120
_RETRY_SECONDS = 0.5
_TOO_MANY_REQUESTS = 429


class Departure:
    """Takes the Kubernetes side of machines away."""

    def __init__(self, api: Api, pods: Store, folder: Path) -> None:
        self._api, self._pods, self._folder = api, pods, folder

    async def drain(self, known: Machine) -> None:
        """Cordon the Node and evict its pods; a PodDisruptionBudget is waited for, not for ever."""
        path = f"/api/v1/nodes/{known.name}"
        deadline = time.monotonic() + _DRAIN_SECONDS
        while True:
            try:
                await self._api.patch(path, {"spec": {"unschedulable": True}})
                pods = self._pods_on(known.name)
                if not pods or time.monotonic() >= deadline:
                    return
                for pod in pods:
                    await self._evict(pod)
            except NotFoundError:
                return
            except KubeError as error:
                LOG.info("%s: %s; again", known.name, error)
            await asyncio.sleep(_RETRY_SECONDS)

    async def delete(self, known: Machine) -> None:
        """Delete the Node, and what nothing evicts: its pods, its lease, its folder."""
        while True:
            try:
                await self._api.delete(f"/api/v1/nodes/{known.name}")
            except NotFoundError:
                break
            except KubeError as error:
                LOG.info("%s: %s; again", known.name, error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                break
        force = {"gracePeriodSeconds": 0}
        left = [object_path(pod, "pods") for pod in self._pods if pod["spec"].get("nodeName") == known.name]
        for path in (*left, f"{LEASES}/{known.name}"):
            try:
                await self._api.delete(path, force)
            except KubeError as error:
                # The pod garbage collector of the control plane comes by later.
                LOG.info("%s: %s", path, error)
        shutil.rmtree(self._folder / known.name, ignore_errors=True)

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
