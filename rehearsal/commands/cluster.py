"""Nodes, pending NodeClaims, pods and load balancers of a sandbox, as its API server has them."""

from typing import Any

from rich.table import Table

from cli.console import plain_table
from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.node_claims import last_seen, launches_without_capacity, node_claims, pending_step
from rehearsal.sandbox import Sandbox

_GPU = "nvidia.com/gpu"
_NODE_POOL = "karpenter.sh/nodepool"
_CAPACITY = "karpenter.sh/capacity-type"
_SHOWN = 5


def tables(sandbox: Sandbox) -> list[Table]:
    """Return one table each, without empty ones."""
    with KubeClient.from_kubeconfig(sandbox.admin_kubeconfig) as client:
        nodes = client.list("v1", "Node")
        pods = client.list("v1", "Pod")
        services = client.list("v1", "Service")
        ingresses = client.list("networking.k8s.io/v1", "Ingress")
        claims = node_claims(client)
        refused = launches_without_capacity(client)
    balancers = [service for service in services if service["spec"].get("type") == "LoadBalancer"]
    found = (_nodes(nodes), _claims(claims), _refusals(refused), _pods(pods), _balancers([*balancers, *ingresses]))
    return [table for table in found if table.row_count]


def _nodes(nodes: list[dict[str, Any]]) -> Table:
    table = plain_table("node", "pool", "type", "capacity", "zone", "GPUs", "ready")
    for node in nodes:
        labels = node["metadata"]["labels"]
        status = node.get("status", {})
        table.add_row(
            node["metadata"]["name"],
            labels.get(_NODE_POOL) or labels.get("eks.amazonaws.com/nodegroup", "-"),
            labels.get("node.kubernetes.io/instance-type", "-"),
            (labels.get(_CAPACITY) or labels.get("eks.amazonaws.com/capacityType", "-")).lower().replace("_", "-"),
            labels.get("topology.kubernetes.io/zone", "-"),
            str(status.get("allocatable", {}).get(_GPU, "0")),
            _condition(status, "Ready"),
        )
    return table


def _claims(claims: list[dict[str, Any]]) -> Table:
    """NodeClaims that are not ready, with the condition they wait for."""
    table = plain_table("pending NodeClaim", "pool", "since", "waits for", "reason")
    for claim in claims:
        pending = pending_step(claim)
        if pending is None:
            continue
        metadata, (step, waited) = claim["metadata"], pending
        table.add_row(
            metadata["name"],
            metadata.get("labels", {}).get(_NODE_POOL, "-"),
            metadata["creationTimestamp"],
            step,
            ": ".join(filter(None, (waited.get("reason"), waited.get("message")))) or "-",
        )
    return table


def _refusals(events: list[dict[str, Any]]) -> Table:
    """Launches that lacked capacity, the latest of each NodeClaim; Karpenter deletes the NodeClaim and makes another."""
    table = plain_table("launch without capacity", "times", "last", "reason")
    for event in events[-_SHOWN:]:
        name = event["involvedObject"]["name"]
        table.add_row(name, str(event.get("count") or 1), last_seen(event), event["message"])
    return table


def _pods(pods: list[dict[str, Any]]) -> Table:
    table = plain_table("pod", "phase", "ready", "node")
    for pod in pods:
        metadata = pod["metadata"]
        status = pod.get("status", {})
        table.add_row(
            f"{metadata['namespace']}/{metadata['name']}",
            "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", "-"),
            _condition(status, "Ready"),
            pod["spec"].get("nodeName", "-"),
        )
    return table


def _balancers(found: list[dict[str, Any]]) -> Table:
    """Those of Services and of Ingresses."""
    table = plain_table("load balancer", "of", "address", "ports")
    for one in found:
        ingress = one.get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        table.add_row(
            f"{one['metadata']['namespace']}/{one['metadata']['name']}",
            "Ingress" if "ports" not in one["spec"] else "Service",
            ", ".join(entry.get("hostname") or entry.get("ip") or "pending" for entry in ingress),
            ", ".join(str(port["port"]) for port in one["spec"].get("ports", [])) or "-",
        )
    return table


def _condition(status: dict[str, Any], kind: str) -> str:
    return next((entry["status"] for entry in status.get("conditions") or () if entry["type"] == kind), "-")
