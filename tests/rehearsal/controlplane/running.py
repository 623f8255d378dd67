"""A real control plane for tests: one sandbox in a temporary folder, its three processes, and a way to kill one."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehearsal.controlplane import pki
from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError
from rehearsal.controlplane.run import ROLES
from rehearsal.engine.build import binary
from rehearsal.sandbox import Sandbox
from rehearsal.sandboxes import free_ports
from rehearsal.supervisor.child_processes import die_with_parent, environment


class ControlPlane:
    """The processes of one sandbox."""

    def __init__(self, root: Path) -> None:
        self.sandbox = Sandbox(root=root, name="test", ports=free_ports())
        self.sandbox.save()
        pki.ensure(self.sandbox)
        self._environment = environment(root) | {"LLM_REHEARSAL_CONTROLPLANE": str(binary("controlplane"))}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, role: str) -> None:
        log = self.sandbox.root / f"{role}.log"
        with log.open("ab") as stream:
            self._processes[role] = subprocess.Popen(
                [sys.executable, "-P", "-m", "rehearsal.controlplane.run", role],
                env=self._environment,
                stdout=stream,
                stderr=stream,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - one prctl call, no locks
            )

    def kill(self, role: str) -> None:
        self._processes[role].kill()
        self._processes[role].wait()

    def stop(self) -> None:
        for role in list(self._processes):
            self.kill(role)

    def client(self, patience: float = 45.0) -> KubeClient:
        return KubeClient.from_kubeconfig(self.sandbox.admin_kubeconfig, patience=patience)


@contextlib.contextmanager
def control_plane(root: Path) -> Iterator[ControlPlane]:
    plane = ControlPlane(root)
    try:
        plane.start("apiserver")
        with plane.client(patience=90) as client:
            # Ready includes the roles of the other two, without which they give up.
            until(lambda: client.send("GET", "/readyz", params=None, content=None, headers={}))
        for role in ROLES[1:]:
            plane.start(role)
        yield plane
    finally:
        plane.stop()


def until(look: Any, seconds: float = 60.0) -> Any:
    """The first answer of ``look`` that is true; a refusal counts as none."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(KubeError):
            if answer := look():
                return answer
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")
