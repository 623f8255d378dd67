"""Several pods of a gateway over one table and the same engines, which come and go as in Kubernetes."""

import itertools
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

from load import Target
from tests.gateway.support.engines import EngineProcess
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Service, Stack
from tests.gateway.support.table import TableServer
from tests.gateway.whole.vllm import VllmEngine


class _Borrowed:
    """An engine that a pod uses and another one started."""

    def __init__(self, engine: EngineProcess) -> None:
        self._engine, self.process, self.place = engine, self, engine.place

    @property
    def running(self) -> bool:
        return self._engine.process.running

    def start(self) -> None:
        """It runs."""

    wait = kill = start


class Pods:
    """A context manager. `addresses` are the pods that a load balancer has as targets; `retired` engines have ended."""

    def __init__(
        self, root: Path, table: TableServer, services: Mapping[str, Sequence[EngineProcess]], **changes: Any
    ) -> None:
        self._root, self._table, self._changes = root, table, changes
        self._numbers = itertools.count()
        self.engines = {name: list(engines) for name, engines in services.items()}
        self.retired: list[VllmEngine] = []
        self.pods: list[Stack] = []
        self.addresses: list[str] = []

    def __enter__(self) -> Self:
        for engines in self.engines.values():
            for engine in engines:
                engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        for pod in self.pods:
            pod.__exit__()
        for engines in (self.retired, *self.engines.values()):
            for engine in engines:
                engine.process.kill()

    def add(self) -> Stack:
        """Start another pod; a target as soon as it is ready."""
        root = self._root / f"pod-{next(self._numbers)}"
        root.mkdir()
        pod = Stack(root, self._services(), policy="real", environment=self._table.environment, **self._changes)
        self.pods.append(pod)
        pod.__enter__()
        self.publish()
        self.addresses.append(pod.url)
        return pod

    def drain(self, pod: Stack) -> str:
        """End a pod as its node's kubelet does: preStop, during which it stops to be a target, then SIGTERM to both containers."""
        # The load balancer hears of the end a little after the kubelet; new requests come meanwhile.
        timer = threading.Timer(1.0, self.addresses.remove, (pod.url,))
        timer.start()
        outcome = httpx.get(f"http://127.0.0.1:{pod.config.drain}/drain", timeout=120, trust_env=False).text.strip()
        timer.join()
        pod.envoy.stop()
        pod.policies[0].stop()
        self.pods.remove(pod)
        self.publish()
        return outcome

    def roll(self, service: str, fresh: VllmEngine) -> None:
        """Replace the first engine of a service: the new one is there before the old one gets SIGTERM."""
        fresh.start()
        fresh.wait()
        old = self.engines[service][0]
        self.engines[service] = [*self.engines[service][1:], fresh]
        self.publish()
        old.process.stop(60)
        self.retired.append(old)

    def kill_policy(self, pod: Stack, number: int = 0) -> None:
        """SIGKILL one of a pod's two policy processes, and wait until Envoy has both again."""
        count = len(psutil.Process(pod.policies[0].pid).children())
        found = until("the process is there", lambda: pod.policy_process(number))
        socket = pod.config.policy_socket(number)
        before = socket.stat().st_mtime_ns
        found.kill()
        until("the process listens again", lambda: socket.exists() and socket.stat().st_mtime_ns != before)
        healthy = lambda: pod.stat("cluster.policy.membership_healthy") == count  # noqa: E731
        until("Envoy has both policy processes", healthy)
        # A round of health checks later it still has: the new process answers.
        time.sleep(2.5)
        until("Envoy has both policy processes", healthy)

    def publish(self) -> None:
        """Let every pod know the engines and how many pods there are."""
        for pod in self.pods:
            pod.services, pod.gateways = self._services(), len(self.pods)
            pod.publish()

    def targets(self, model: str, key: str) -> "Targets":
        """Targets of a load, which follow `addresses`."""
        return Targets(self.addresses, model, key)

    def _services(self) -> dict[str, Service]:
        return {name: Service(engines=[_Borrowed(each) for each in engines]) for name, engines in self.engines.items()}


class Targets(Sequence[Target]):
    """One target for each address of a list that changes."""

    def __init__(self, addresses: list[str], model: str, key: str) -> None:
        self._addresses, self._model, self._key = addresses, model, key

    def __len__(self) -> int:
        return len(self._addresses)

    def __getitem__(self, index: Any) -> Any:
        return Target(url=self._addresses[index], model=self._model, key=self._key)
