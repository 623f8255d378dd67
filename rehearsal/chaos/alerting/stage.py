"""What the faults act on: engines of a service, GPUs of a node, the gateway's tenants."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.console import UsageError
from rehearsal.chaos.fleet import Fleet, FleetNode
from rehearsal.controlplane.client import KubeClient
from rehearsal.images.gpu import faults as gpu_faults
from rehearsal.images.gpu.faults import GpuFault
from rehearsal.images.vllm.faults import EngineFaults
from rehearsal.sandbox import Sandbox

_ENGINES = "app.kubernetes.io/component=inference,app.kubernetes.io/instance={service}"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One sandbox with a deployed stack."""

    sandbox: Sandbox
    stack: str
    client: KubeClient
    fleet: Fleet
    outputs: Mapping[str, Any]

    def engines(self, service: str) -> list[Path]:
        """Folders of a service's pods.

        Raises:
            UsageError: it has none.
        """
        pods = self.client.list("v1", "Pod", label_selector=_ENGINES.format(service=service))
        found = [
            self.sandbox.nodes / f"{pod['metadata']['namespace']}_{pod['metadata']['name']}"
            for pod in pods
            if pod["spec"].get("nodeName")
        ]
        if not found:
            raise UsageError(f"--service {service}: no pod of it runs; see `rehearse status`")
        return found

    @contextmanager
    def engine_fault(self, service: str, fault: EngineFaults) -> Iterator[list[Path]]:
        """A fault of all engines of a service; cleared at the end."""
        folders = self.engines(service)
        for folder in folders:
            fault.write(folder)
        try:
            yield folders
        finally:
            for folder in folders:
                EngineFaults.clear(folder)

    def gpu_node(self, name: str) -> FleetNode:
        """A node with GPUs: the one of that name, or the first.

        Raises:
            UsageError: there is none.
        """
        with_gpus = {
            node["metadata"]["name"]
            for node in self.client.list("v1", "Node")
            if node["status"].get("allocatable", {}).get("nvidia.com/gpu", "0") != "0"
        }
        found = [node for node in self.fleet.nodes() if node.name in with_gpus and name in ("", node.name)]
        if not found:
            raise UsageError(f"--node {name}: no node of that name has GPUs" if name else "no node has GPUs")
        return found[0]

    @contextmanager
    def gpu_fault(self, node: str, fault: GpuFault) -> Iterator[None]:
        """A fault of a node's first GPU; cleared at the end."""
        folder = self.sandbox.nodes / node
        gpu_faults.write(folder, {0: fault})
        try:
            yield
        finally:
            gpu_faults.write(folder, {})
