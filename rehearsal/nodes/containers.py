"""One container: started, probed, restarted with back-off, stopped."""

import asyncio
import contextlib
import hashlib
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rehearsal.controlplane.errors import KubeError
from rehearsal.images.image_list import ImagePullError
from rehearsal.nodes import hooks
from rehearsal.nodes.api import Object
from rehearsal.nodes.environment import ConfigError
from rehearsal.nodes.launch import Launch, StartError
from rehearsal.nodes.machines import timestamp
from rehearsal.nodes.probes import Probe
from rehearsal.nodes.pull import PullingError

LOG = logging.getLogger(__name__)
_BACKOFF_SECONDS, _BACKOFF_MAX, _BACKOFF_RESET = 10.0, 300.0, 600.0
_CREATE_RETRY_SECONDS = 5.0
_PULLING_SECONDS, _PULLING_SAID_SECONDS = 1.0, 30.0
_KILLED = 128

Say = Callable[[str, str, bool], None]
"""Emits an event: reason, message, whether it is a warning."""


class ContainerRunner:
    """Runs one container of a pod; `status` is its ContainerStatus."""

    def __init__(
        self,
        *,
        spec: Object,
        restart: str,
        address: str,
        log: Path,
        previous: Object | None,
        prepare: Callable[[Object], Awaitable[Launch]],
        changed: Callable[[], None],
        say: Say,
    ) -> None:
        self.spec = spec
        self.name: str = spec["name"]
        self.ready = False
        self.started = False
        self.exit_code: int | None = None
        self.stopping = False
        self.restarts = 0
        self.state: Object = {"waiting": {"reason": "PodInitializing"}}
        self.last_state: Object = {}
        self._restart = restart
        self._address, self.log = address, log
        self._ports = {port["name"]: port["containerPort"] for port in spec.get("ports", []) if "name" in port}
        self._prepare, self._changed, self._say = prepare, changed, say
        self._process: asyncio.subprocess.Process | None = None
        self._probes: list[asyncio.Task[None]] = []
        self._inherit(previous)

    @property
    def done(self) -> bool:
        """Whether it ended and is not started again."""
        return self.exit_code is not None

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None

    @property
    def process(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def status(self) -> Object:
        """ContainerStatus."""
        running = "running" in self.state
        ident = hashlib.sha256(f"{self.log}{self.restarts}".encode()).hexdigest()
        return {
            "name": self.name,
            "image": self.spec["image"],
            "imageID": f"rehearsal://{self.spec['image']}",
            "ready": self.ready,
            "started": self.started and running,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self.last_state,
        } | ({"containerID": f"rehearsal://{ident}"} if running or "terminated" in self.state else {})

    async def run(self) -> None:
        """Run until the container ended for good."""
        backoff = _BACKOFF_SECONDS
        while not self.done:
            launch = await self._created()
            began = time.monotonic()
            code = await self._once(launch)
            self.ready = self.started = False
            ended = self.state["terminated"]
            if self.stopping or self._restart == "Never" or (self._restart == "OnFailure" and code == 0):
                self.exit_code = code
                self._changed()
                return
            if time.monotonic() - began > _BACKOFF_RESET:
                backoff = _BACKOFF_SECONDS
            if self.restarts:
                message = f"back-off {backoff:.0f}s restarting failed container={self.name}"
                self.state = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
                self._say("BackOff", message, True)  # noqa: FBT003 - the signature of Say
            self.last_state = {"terminated": ended}
            self._changed()
            if self.restarts:
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, _BACKOFF_MAX)
            self.restarts += 1

    async def stop(self, grace: float) -> None:
        """PreStop hook, SIGTERM, and SIGKILL when the grace is over."""
        self.stopping = True
        process = self._process
        if process is None:
            return
        deadline = time.monotonic() + grace
        await self._pre_stop(grace)
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 2.0)):
                await process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """End the process at once."""
        self.stopping = True
        self._end_probes()
        self._signal(signal.SIGKILL)

    async def _created(self) -> Launch:
        """Keep trying to create the container, telling why it cannot be."""
        said = 0.0
        while True:
            try:
                return await self._prepare(self.spec)
            except PullingError as pulling:
                self.state = {"waiting": {"reason": "ContainerCreating", "message": str(pulling)}}
                if not said or time.monotonic() - said > _PULLING_SAID_SECONDS:
                    said = time.monotonic()
                    self._say("Pulling", str(pulling), False)  # noqa: FBT003 - the signature of Say
                    self._changed()
                await asyncio.sleep(_PULLING_SECONDS)
            except ImagePullError as error:
                told = self.state.get("waiting", {}).get("reason") in {"ErrImagePull", "ImagePullBackOff"}
                await self._wait("ImagePullBackOff" if told else "ErrImagePull", str(error))
            except KubeError as error:
                LOG.info("%s: %s; again", self.name, error)
                await asyncio.sleep(1)
            except ConfigError as error:
                await self._wait("CreateContainerConfigError", str(error))
            except StartError as error:
                await self._wait("RunContainerError", str(error))

    async def _wait(self, reason: str, message: str) -> None:
        if self.state.get("waiting", {}).get("reason") != reason:
            self.state = {"waiting": {"reason": reason, "message": message}}
            self._say("Failed", message, True)  # noqa: FBT003 - the signature of Say
            self._changed()
        await asyncio.sleep(_CREATE_RETRY_SECONDS)

    async def _once(self, launch: Launch) -> int:
        began = timestamp()
        with self.log.open("ab") as log:
            self._process = process = await asyncio.create_subprocess_exec(
                *launch.command,
                env=launch.environment,
                cwd=launch.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.state = {"running": {"startedAt": began}}
        self._say("Started", f"Started container {self.name}", False)  # noqa: FBT003 - the signature of Say
        self._probe()
        self._changed()
        code = await process.wait()
        # With a container's first process all others end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        self._process = None
        self._end_probes()
        number = code if code >= 0 else _KILLED - code
        ended = {"exitCode": number, "startedAt": began, "finishedAt": timestamp()}
        ended |= {"reason": "Completed" if number == 0 else "Error"}
        if number:
            ended["message"] = self._tail()
        self.state = {"terminated": ended}
        return number

    def _probe(self) -> None:
        def make(kind: str, *, passing: bool) -> Probe | None:
            spec = self.spec.get(kind)
            return Probe(spec, self._address, self._ports, passing=passing) if spec else None

        startup = make("startupProbe", passing=False)
        later = make("readinessProbe", passing=False), make("livenessProbe", passing=True)
        if startup:
            self._probes = [
                asyncio.create_task(startup.watch(lambda good: self._on_startup(startup, later, good=good)))
            ]
        else:
            self._probes = []
            self._after_startup(later)

    def _end_probes(self) -> None:
        for task in self._probes:
            task.cancel()

    def _on_startup(self, startup: Probe, later: tuple[Probe | None, Probe | None], *, good: bool) -> None:
        if not good:
            self._fail("Startup", startup)
        elif not self.started:
            self._after_startup(later)
            self._changed()

    def _after_startup(self, later: tuple[Probe | None, Probe | None]) -> None:
        readiness, liveness = later
        self.started = True
        self.ready = readiness is None
        if readiness:
            self._probes.append(asyncio.create_task(readiness.watch(lambda good: self._on_ready(readiness, good=good))))
        if liveness:
            self._probes.append(
                asyncio.create_task(liveness.watch(lambda good: None if good else self._fail("Liveness", liveness)))
            )

    def _on_ready(self, readiness: Probe, *, good: bool) -> None:
        if self.ready != good and "running" in self.state:
            self.ready = good
            if not good:
                self._say("Unhealthy", f"Readiness probe failed: {readiness.message}", True)  # noqa: FBT003
            self._changed()

    def _fail(self, kind: str, probe: Probe) -> None:
        if self.stopping:
            return
        self._say("Unhealthy", f"{kind} probe failed: {probe.message}", True)  # noqa: FBT003 - the signature of Say
        self._say("Killing", f"Container {self.name} failed {kind.lower()} probe, will be restarted", False)  # noqa: FBT003
        self._signal(signal.SIGTERM)
        asyncio.get_running_loop().call_later(30, self._kill_if_still, self._process)

    def _kill_if_still(self, process: asyncio.subprocess.Process | None) -> None:
        if process is not None and process is self._process:
            self._signal(signal.SIGKILL)

    async def _pre_stop(self, grace: float) -> None:
        hook = (self.spec.get("lifecycle") or {}).get("preStop")
        process = self._process
        if not hook or process is None:
            return
        running = asyncio.ensure_future(hooks.pre_stop(hook, self._address, self._ports))
        # A hook is not waited for any longer than its container, nor than the grace.
        await asyncio.wait(
            {running, ended := asyncio.ensure_future(process.wait())},
            timeout=grace,
            return_when=asyncio.FIRST_COMPLETED,
        )
        ended.cancel()
        if not running.done():
            running.cancel()
        elif error := running.exception():
            self._say("FailedPreStopHook", str(error), True)  # noqa: FBT003 - the signature of Say

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)

    def _inherit(self, previous: Object | None) -> None:
        """Go on from the status an earlier agent has left: its processes ended together with it."""
        if not previous or not ({"running", "terminated"} & previous.get("state", {}).keys()):
            return
        self.restarts = previous["restartCount"] + 1
        ended = previous["state"].get("terminated")
        if not ended:
            started = previous["state"]["running"].get("startedAt", timestamp())
            message = "the node agent ended, and its containers with it"
            ended = {"exitCode": 137, "reason": "Error", "message": message, "startedAt": started}
            ended["finishedAt"] = timestamp()
        self.last_state = {"terminated": ended}
        if self._restart == "Never" or (self._restart == "OnFailure" and ended["exitCode"] == 0):
            self.state, self.last_state, self.restarts = self.last_state, {}, previous["restartCount"]
            self.exit_code = ended["exitCode"]

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])[-1500:]
