"""One pod: volumes, init containers, containers, status, and its end."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.network import addresses
from rehearsal.nodes import entry, environment, identity, podstatus, pull
from rehearsal.nodes.api import STRATEGIC, Api, Object, object_path
from rehearsal.nodes.containers import ContainerRunner
from rehearsal.nodes.events import Events
from rehearsal.nodes.image_cache import upstream_name
from rehearsal.nodes.launch import Launch, plan
from rehearsal.nodes.machines import timestamp
from rehearsal.nodes.place import Place
from rehearsal.nodes.volumes import MountError, Volumes

LOG = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5
_DEFAULT_GRACE = 30
_SETTLE_SECONDS = 0.3
# What nodes have pulled is known for all of their pods.
_IMAGES = pull.NodeImages()


class PodRunner:
    """Runs one pod until it is deleted or complete."""

    def __init__(self, pod: Object, place: Place, api: Api, events: Events) -> None:
        self.pod = pod
        self.place = place
        meta = pod["metadata"]
        self.uid: str = meta["uid"]
        self.folder: Path = place.sandbox.nodes / f"{meta['namespace']}_{meta['name']}"
        self._api, self._events = api, events
        self._started = pod["status"].get("startTime") or timestamp()
        self._sandbox = False
        self._dirty = asyncio.Event()
        self._old_conditions: list[Object] = pod["status"].get("conditions", [])
        host = place.sandbox.nodes / place.machine.name
        self._volumes = Volumes(
            pod, self.folder / "volumes", host, place.sandbox.nodes, fetch=self._fetch, token=self._token
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        restart = pod["spec"].get("restartPolicy", "Always")
        self.init = self._runners("initContainers", "OnFailure" if restart == "Always" else restart)
        self.main = self._runners("containers", restart)
        self._running: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._publishing = asyncio.create_task(self._publish())

    def start(self) -> None:
        """Begin, unless the pod is on its way out already."""
        if self.pod["metadata"].get("deletionTimestamp"):
            self.update(self.pod)
        else:
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(self._report)

    def update(self, pod: Object) -> None:
        """The pod changed: its readiness gates, what others wrote into its conditions, or that it shall end.

        When a node does not report for a while, as with an API server that is away, the node lifecycle controller sets Ready of its
        pods to False. Only kubelet sets it back, which compares what the API has with what it last sent.
        """
        gates, self.pod = podstatus.closed_gates(self.pod), pod
        if podstatus.closed_gates(pod) != gates or podstatus.overwritten(pod, self._old_conditions):
            self._dirty.set()
        if pod["metadata"].get("deletionTimestamp") and self._ending is None:
            grace = pod["metadata"].get("deletionGracePeriodSeconds")
            self._ending = asyncio.create_task(self._end(_DEFAULT_GRACE if grace is None else grace))

    async def abandon(self) -> None:
        """The pod is gone from the API: end its processes and clear up."""
        for runner in (*self.init, *self.main):
            runner.kill()
        for task in (self._running, self._ending, self._publishing):
            if task and task is not asyncio.current_task():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.pod["metadata"]["namespace"])

    def refers_to(self, plural: str, name: str) -> bool:
        """Whether a volume has content of a ConfigMap or Secret."""
        return self._volumes.refers_to(plural, name)

    @property
    def tokens_due(self) -> bool:
        """Whether a token in a volume should be replaced."""
        return self._volumes.tokens_due

    async def refresh_volumes(self) -> None:
        """Write what is new into the volumes of files."""
        await self._volumes.refresh(self.place.status)

    def log_of(self, container: str) -> Path | None:
        """The log file of one of its containers."""
        return next((runner.log for runner in (*self.init, *self.main) if runner.name == container), None)

    @property
    def summary(self) -> Object:
        """What `/status` says of it."""
        meta = self.pod["metadata"]
        return {
            "namespace": meta["namespace"],
            "name": meta["name"],
            "node": self.place.machine.name,
            "phase": podstatus.phase(self.main, self.init),
            "ready": all(runner.ready for runner in self.main),
            "restarts": sum(runner.restarts for runner in self.main),
            "address": self.place.listen,
            "folder": str(self.folder),
        }

    async def _run(self) -> None:
        self._dirty.set()
        await self._mount()
        for runner in self.init:
            await runner.run()
            if runner.exit_code:
                self._dirty.set()
                return
        for runner in self.main:
            if not runner.done:
                runner.state = {"waiting": {"reason": "ContainerCreating"}}
        await asyncio.gather(*(runner.run() for runner in self.main))
        self._dirty.set()

    def _report(self, task: asyncio.Task[None]) -> None:
        """Report an unexpected error on the pod too, not only in the agent's log."""
        error = None if task.cancelled() else task.exception()
        if error:
            LOG.error("%s failed", self.folder.name, exc_info=error)
            self._events.emit(self.pod, "FailedSync", f"the node agent failed: {error!r}", warning=True)

    async def _mount(self) -> None:
        told = ""
        while True:
            try:
                await self._volumes.make(self.place.status)
            except (MountError, KubeError) as error:
                if str(error) != told:
                    told = str(error)
                    self._events.emit(self.pod, "FailedMount", told, warning=True)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._sandbox = True
                self._dirty.set()
                return

    async def _end(self, grace: float) -> None:
        """Stop the containers within the grace period, then let the object go."""
        await asyncio.gather(*(runner.stop(grace) for runner in (*self.init, *self.main)))
        if self._running:
            # What ended by itself has its last state recorded; what waits (for an image, a back-off) waits no longer.
            await asyncio.wait({self._running}, timeout=_SETTLE_SECONDS)
            self._running.cancel()
        self._dirty.set()
        await self._flush()
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
        while True:
            try:
                await self._api.delete(object_path(self.pod, "pods"), options)
            except NotFoundError:
                return
            except KubeError as error:
                LOG.info("%s: %s; again", self.pod["metadata"]["name"], error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _prepare(self, container: Object) -> Launch:
        """Everything between a container's spec and its process."""
        place = self.place
        container = {**container, "image": upstream_name(container["image"], place.sandbox.aws / "recorded.sqlite")}
        binary = await pull.binary(container)
        if said := await _IMAGES.pulled(container, place.machine.key):
            self._events.emit(self.pod, "Pulled", said)
        variables = await environment.resolve(container, self.pod, place.status, self._fetch)
        mounts = self._volumes.mounts(container)
        aws, mount = await identity.give(
            await identity.role_of(self.pod, container["name"], self._api),
            add=lambda volume: self._volumes.add(volume, place.status),
            aws_url=addresses.aws_for_pods(place.sandbox),
            region=place.machine.region,
        )
        host, port = addresses.apiserver_for_pods(place.sandbox)
        service = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": str(port)}
        launch = plan(
            container=container,
            pod=self.pod,
            machine=place.machine,
            sandbox=place.sandbox,
            variables=service | aws | variables,
            mounts=mounts + mount,
            address=place.listen,
            folder=self.folder,
            binary=binary,
        )
        return replace(launch, command=entry.command(launch, self.pod, place, mounts + mount, self.folder / "etc"))

    async def _fetch(self, plural: str, name: str) -> Object | None:
        namespace = self.pod["metadata"]["namespace"]
        while True:
            try:
                return await self._api.get(f"/api/v1/namespaces/{namespace}/{plural}/{name}")
            except NotFoundError:
                return None
            except KubeError as error:
                LOG.info("%s %s/%s: %s; again", plural, namespace, name, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _token(self, audience: str | None, seconds: int) -> str:
        return await identity.token(self._api, self.pod, audience, seconds)

    def _runners(self, key: str, restart: str) -> list[ContainerRunner]:
        statuses = self.pod["status"].get("initContainerStatuses" if key == "initContainers" else "containerStatuses")
        previous: Mapping[str, Object] = {status["name"]: status for status in statuses or []}
        several = len(self.pod["spec"].get("containers", [])) > 1 or key == "initContainers"
        return [
            ContainerRunner(
                spec=spec,
                restart=restart,
                address=self.place.listen,
                log=self.folder / (f"{spec['name']}.log" if several else "container.log"),
                previous=previous.get(spec["name"]),
                prepare=self._prepare,
                changed=self._dirty.set,
                say=lambda reason, message, bad: self._events.emit(self.pod, reason, message, warning=bad),
            )
            for spec in self.pod["spec"].get(key, [])
        ]

    def _status(self) -> Object:
        self._old_conditions = podstatus.conditions(
            self.main,
            self.init,
            sandbox=self._sandbox,
            old=self._old_conditions,
            gates=podstatus.closed_gates(self.pod),
        )
        status = {
            "phase": podstatus.phase(self.main, self.init),
            "conditions": self._old_conditions,
            "startTime": self._started,
            "hostIP": self.place.machine.address,
            "hostIPs": [{"ip": self.place.machine.address}],
            "podIP": self.place.address,
            "podIPs": [{"ip": self.place.address}],
            "containerStatuses": [runner.status for runner in self.main],
        }
        return status | ({"initContainerStatuses": [runner.status for runner in self.init]} if self.init else {})

    async def _publish(self) -> None:
        while True:
            await self._dirty.wait()
            await self._flush()

    async def _flush(self) -> None:
        """Send the status until it is the newest."""
        while self._dirty.is_set():
            self._dirty.clear()
            try:
                path = object_path(self.pod, "pods", "status")
                patch = {"metadata": {"uid": self.uid}, "status": self._status()}
                await self._api.patch(path, patch, STRATEGIC)
            except NotFoundError:
                return
            except KubeError as error:
                LOG.info("status of %s: %s; again", self.pod["metadata"]["name"], error)
                self._dirty.set()
                await asyncio.sleep(_RETRY_SECONDS)
