"""Kubernetes Events, so that people and providers see why something does not start."""

import asyncio
import logging
import uuid

from rehearsal.controlplane.errors import KubeError
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.machines import timestamp

LOG = logging.getLogger(__name__)


class Events:
    """Sends events without waiting for them; one that cannot be sent is only logged."""

    def __init__(self, api: Api, component: str = "rehearsal-kubelet") -> None:
        self._api = api
        self._component = component
        self._tasks: set[asyncio.Task[None]] = set()

    def emit(self, obj: Object, reason: str, message: str, *, warning: bool = False) -> None:
        """Say something about a Pod, Service or Node."""
        meta = obj["metadata"]
        space = meta.get("namespace") or "default"
        involved = {"kind": obj.get("kind", "Pod"), "apiVersion": "v1", "name": meta["name"], "uid": meta["uid"]}
        if meta.get("namespace"):
            involved["namespace"] = meta["namespace"]
        now = timestamp()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{meta['name']}.{uuid.uuid4().hex[:16]}", "namespace": space},
            "involvedObject": involved,
            "type": "Warning" if warning else "Normal",
            "reason": reason,
            "message": message,
            "source": {"component": self._component},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        LOG.log(logging.WARNING if warning else logging.INFO, "%s/%s: %s: %s", space, meta["name"], reason, message)
        task = asyncio.create_task(self._send(space, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, namespace: str, event: Object) -> None:
        try:
            await self._api.create(f"/api/v1/namespaces/{namespace}/events", event)
        except KubeError as error:
            LOG.info("event about %s not sent: %s", event["involvedObject"]["name"], error)
