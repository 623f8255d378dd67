"""Nodes, pods and load balancers of a sandbox, as its API server has them."""

from typing import Any

from rich.table import Table

from rehearsal.controlplane.client import KubeClient
from rehearsal.sandbox import Sandbox

_GPU = "nvidia.com/gpu"


def tables(sandbox: Sandbox) -> list[Table]:
    """Return one table each, without empty ones."""
    with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig) as client:
        nodes = client.list("v1", "Node")
        pods = client.list("v1", "Pod")
        services = client.list("v1", "Service")
    balancers = [service for service in services if service["spec"].get("type") == "LoadBalancer"]
    return [table for table in (_nodes(nodes), _pods(pods), _balancers(balancers)) if table.row_count]


def _nodes(nodes: list[dict[str, Any]]) -> Table:
    table = Table("node", "pool", "type", "zone", "GPUs", "ready", box=None)
    for node in nodes:
        labels = node["metadata"]["labels"]
        status = node.get("status", {})
        table.add_row(
            node["metadata"]["name"],
            labels.get("eks.amazonaws.com/nodegroup", "-"),
            labels.get("node.kubernetes.io/instance-type", "-"),
            labels.get("topology.kubernetes.io/zone", "-"),
            str(status.get("allocatable", {}).get(_GPU, "0")),
            _condition(status, "Ready"),
        )
    return table


def _pods(pods: list[dict[str, Any]]) -> Table:
    table = Table("pod", "phase", "ready", "node", box=None)
    for pod in pods:
        metadata = pod["metadata"]
        status = pod.get("status", {})
        table.add_row(
            f"{metadata['namespace']}/{metadata['name']}",
            status.get("phase", "-"),
            _condition(status, "Ready"),
            pod["spec"].get("nodeName", "-"),
        )
    return table


def _balancers(services: list[dict[str, Any]]) -> Table:
    table = Table("load balancer", "address", "ports", box=None)
    for service in services:
        ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        table.add_row(
            f"{service['metadata']['namespace']}/{service['metadata']['name']}",
            ", ".join(entry.get("hostname") or entry.get("ip") or "pending" for entry in ingress),
            ", ".join(str(port["port"]) for port in service["spec"]["ports"]),
        )
    return table


def _condition(status: dict[str, Any], kind: str) -> str:
    return next((entry["status"] for entry in status.get("conditions") or () if entry["type"] == kind), "-")
