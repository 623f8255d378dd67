"""The control plane alone: API server with etcd, controllers and scheduler, without AWS, nodes or Pulumi."""

import asyncio
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from rehearsal.controlplane import pki
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.controlplane.run import command
from rehearsal.engine.build import binary
from rehearsal.network.kinds import Kind
from rehearsal.sandbox import Sandbox, SandboxError
from rehearsal.sandboxes import free_ports
from rehearsal.supervisor.child_processes import die_with_parent, environment
from rehearsal.supervisor.daemons import daemons

_START_SECONDS = 600.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.1
_WATCH_SECONDS = 1.0
_LOG_SHOWN = 2000


@dataclass(frozen=True, kw_only=True)
class Used:
    """What a process has used.

    Attributes:
        memory: Bytes of resident memory.
        cpu: Seconds of CPU since its start.
    """

    memory: int
    cpu: float


class ControlPlane:
    """Its processes in a folder of their own, with the memory limits that Go programs have by themselves: none."""

    def __init__(self, root: Path) -> None:
        self.sandbox = Sandbox(root=root, name="control-plane", ports=free_ports(), network=Kind.LOOPBACK)
        self.sandbox.save()
        self.sandbox.logs.mkdir()
        pki.ensure(self.sandbox)
        self.config = Kubeconfig.parse(self.sandbox.admin_kubeconfig.read_text())
        self._processes: dict[str, psutil.Popen] = {}

    def start(self, role: str) -> None:
        """Start ``apiserver``, ``controllers`` or ``scheduler`` and wait until it is ready.

        Raises:
            SandboxError: it ended, or did not become ready; the message has the end of its log.
        """
        with self._log(role).open("ab") as stream:
            self._processes[role] = psutil.Popen(
                command(role, self.sandbox, binary("controlplane")),
                env=environment(self.sandbox.root),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                preexec_fn=die_with_parent(),
            )
        daemon = next(daemon for daemon in daemons(self.sandbox) if daemon.name == role)
        deadline = time.monotonic() + _START_SECONDS
        while not daemon.is_ready(self.sandbox):
            if self._processes[role].poll() is not None or time.monotonic() > deadline:
                raise SandboxError(f"{role} did not become ready:\n{self._log_end(role)}")
            time.sleep(_POLL_SECONDS)

    async def watch(self) -> None:
        """Run until cancelled.

        Raises:
            SandboxError: one of its processes has ended; the message has the end of its log.
        """
        while True:
            for role, process in list(self._processes.items()):
                if process.poll() is not None:
                    raise SandboxError(f"{role} ended with {process.returncode}:\n{self._log_end(role)}")
            await asyncio.sleep(_WATCH_SECONDS)

    def stop(self) -> None:
        """End its processes, the API server last."""
        for process in reversed(self._processes.values()):
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def used(self, role: str) -> Used:
        """What ``role`` has used until now."""
        process = self._processes[role]
        times = process.cpu_times()
        return Used(memory=process.memory_info().rss, cpu=times.user + times.system)

    def samples(self, role: str) -> list[tuple[str, dict[str, str], float]]:
        """Its Prometheus metrics: name, labels, value of each series.

        Raises:
            httpx.HTTPError: it does not answer.
        """
        port = getattr(self.sandbox.ports, role)
        with httpx.Client(verify=self.config.ssl_context(), timeout=30.0, trust_env=False) as client:
            answer = client.get(f"https://127.0.0.1:{port}/metrics").raise_for_status()
        families = text_string_to_metric_families(answer.text)
        return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]

    def _log(self, role: str) -> Path:
        return self.sandbox.logs / f"{role}.log"

    def _log_end(self, role: str) -> str:
        return self._log(role).read_text(errors="replace")[-_LOG_SHOWN:]
