"""All pods that are bound to the machines of this agent."""

import asyncio
import json
import logging

from rehearsal.controlplane.errors import KubeError
from rehearsal.images.device_plugin import FOLDER, REGISTRATION
from rehearsal.network.pods import PodNetwork
from rehearsal.nodes.addresses import AddressesExhaustedError, SubnetPool
from rehearsal.nodes.api import Api, Object
from rehearsal.nodes.events import Events
from rehearsal.nodes.place import Place
from rehearsal.nodes.pod import PodRunner
from rehearsal.nodes.registry import Registry
from rehearsal.nodes.store import Store
from rehearsal.sandbox import Sandbox

LOG = logging.getLogger(__name__)
_FINISHED = {"Succeeded", "Failed"}
_PLUGIN_SECONDS = 0.2


class Kubelet:
    """Starts a runner for every pod of its machines and ends it with the pod."""

    def __init__(
        self,
        *,
        sandbox: Sandbox,
        api: Api,
        pods: Store,
        registry: Registry,
        network: PodNetwork,
        subnets: SubnetPool,
    ) -> None:
        self._sandbox, self._api, self._pods, self._registry = sandbox, api, pods, registry
        self._network, self._subnets = network, subnets
        self._events = Events(api)
        self._tasks: set[asyncio.Task[None]] = set()
        self.runners: dict[str, PodRunner] = {}
        pods.subscribe(self._on_pod)
        registry.on_loss(self._lose)

    def find(self, namespace: str, name: str) -> PodRunner | None:
        """The runner of a pod."""
        for runner in self.runners.values():
            meta = runner.pod["metadata"]
            if (meta["namespace"], meta["name"]) == (namespace, name):
                return runner
        return None

    async def watch_plugins(self) -> None:
        """Make a node's GPUs allocatable while its device plugin is registered and runs."""
        while True:
            registered: dict[str, int] = {}
            for runner in self.runners.values():
                file = self._sandbox.nodes / runner.place.machine.name / FOLDER.lstrip("/") / REGISTRATION
                plugin = any("k8s-device-plugin" in container.spec["image"] for container in runner.main)
                if plugin and any(container.alive for container in runner.main) and file.exists():
                    registered[runner.place.machine.name] = int(json.loads(file.read_text())["devices"])
            for machine in list(self._registry.machines.values()):
                if machine.gpus:
                    try:
                        await self._registry.set_gpus(machine.name, registered.get(machine.name, 0))
                    except KubeError as error:
                        LOG.info("%s: %s; again", machine.name, error)
            await asyncio.sleep(_PLUGIN_SECONDS)

    def _on_pod(self, old: Object | None, new: Object | None) -> None:
        uid = (new or old or {})["metadata"]["uid"]
        if old and (new is None or new["metadata"]["uid"] != old["metadata"]["uid"]):
            self._forget(old["metadata"]["uid"])
        if new is None:
            return
        if uid in self.runners:
            self.runners[uid].update(new)
        elif self._registry.works(new["spec"].get("nodeName") or ""):
            self._begin(new)

    def _begin(self, pod: Object) -> None:
        finished = pod["status"].get("phase") in _FINISHED
        if finished and not pod["metadata"].get("deletionTimestamp"):
            return
        machine = self._registry.machines[pod["spec"]["nodeName"]]
        address = pod["status"].get("podIP")
        try:
            if pod["spec"].get("hostNetwork"):
                address = machine.address
            elif address:
                self._subnets.claim(address)
            else:
                address = self._subnets.take(machine.cidr)
            attached = self._network.attach(address, node=machine.address)
        except AddressesExhaustedError as error:
            self._events.emit(pod, "FailedCreatePodSandBox", str(error), warning=True)
            return
        place = Place(sandbox=self._sandbox, machine=machine, address=address, network=attached)
        runner = PodRunner(pod, place, self._api, self._events)
        self.runners[runner.uid] = runner
        runner.start()

    async def _lose(self, node: str) -> None:
        """End the processes of all pods of a node at once; nothing is written to the API any more."""
        lost = [uid for uid, runner in self.runners.items() if runner.place.machine.name == node]
        await asyncio.gather(*(self._clear(self.runners.pop(uid)) for uid in lost))

    def _forget(self, uid: str) -> None:
        runner = self.runners.pop(uid, None)
        if runner is None:
            return
        task = asyncio.create_task(self._clear(runner))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _clear(self, runner: PodRunner) -> None:
        await runner.abandon()
        self._network.detach(runner.place.network)
        if not runner.pod["spec"].get("hostNetwork"):
            self._subnets.release(runner.place.address)
