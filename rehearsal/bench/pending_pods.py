"""Pods that wait for GPUs, and when each was bound to a node."""

import asyncio
import time
from functools import partial

from rehearsal.bench.requests import at_once
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.machines import GPU_RESOURCE
from rehearsal.nodes.store import Store

_NAMESPACE = "/api/v1/namespaces/default"
_POLL_SECONDS = 0.2


def pod(index: int) -> Object:
    """A pod of a service in small: one GPU, on a GPU node, with the toleration of its taint."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"service-{index:05d}", "labels": {"app": f"service-{index:05d}"}},
        "spec": {
            "nodeSelector": {"accelerator": "nvidia"},
            "tolerations": [{"key": GPU_RESOURCE, "operator": "Exists", "effect": "NoSchedule"}],
            "containers": [
                {
                    "name": "vllm",
                    "image": "vllm/vllm-openai",
                    "resources": {
                        "requests": {"cpu": "3500m", "memory": "14Gi"},
                        "limits": {GPU_RESOURCE: "1"},
                    },
                }
            ],
        },
    }


class PendingPods:
    """Pods of a control plane without a scheduler."""

    def __init__(self, api: Api, pods: Store, count: int) -> None:
        self._api, self._count = api, count
        self._bound: dict[str, float] = {}
        self._all = asyncio.Event()
        pods.subscribe(self._changed)

    async def create(self) -> None:
        """Create them, once the namespace has the service account that admission requires."""
        while True:
            try:
                await self._api.get(f"{_NAMESPACE}/serviceaccounts/default")
                break
            except NotFoundError:
                await asyncio.sleep(_POLL_SECONDS)
        path = f"{_NAMESPACE}/pods"
        await at_once([partial(self._api.create, path, pod(index)) for index in range(self._count)])

    async def all_bound(self) -> float:
        """Wait until each has a node; return the seconds from the first binding to the last."""
        await self._all.wait()
        return max(self._bound.values()) - min(self._bound.values())

    def _changed(self, _old: Object | None, new: Object | None) -> None:
        if new is not None and new["spec"].get("nodeName"):
            self._bound.setdefault(new["metadata"]["name"], time.monotonic())
        if len(self._bound) == self._count:
            self._all.set()
