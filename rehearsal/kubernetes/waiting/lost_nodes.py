"""Pods that cannot end: their node's kubelet no longer answers, and the API server keeps them until it or the node is gone.

Kubernetes does not give such pods up by itself (https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown).
A Deployment and a Namespace that are deleted wait for them, and so does all that Pulumi deletes afterwards: NodePools too,
with which Karpenter would terminate the node.
"""

import datetime as dt

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.waiting.readiness import Object, condition, selector_text

SILENT_SECONDS = 30.0
"""Seconds since the control plane marked a node as unreachable; an agent that was restarted has answered by then."""
TAINT = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
"""Says that a node is off for good: Kubernetes then forgets its pods and detaches its volumes at once."""


def holding(client: KubeClient, live: Object) -> str:
    """What of an object that is being deleted waits for a node that is lost, and what to do; empty if nothing does."""
    ending = [pod for pod in _pods(client, live) if pod["metadata"].get("deletionTimestamp")]
    if not ending:
        return ""
    lost = {node["metadata"]["name"]: silent for node in client.list("v1", "Node") if (silent := _silent(node))}
    for pod in ending:
        name = pod["spec"].get("nodeName", "")
        if name in lost:
            which = f"pod {pod['metadata']['namespace']}/{pod['metadata']['name']}"
            return (
                f"{which} cannot end, for its node {name} has not answered for {lost[name]:.0f} s; if instances are off for "
                f"good: `kubectl taint node {' '.join(lost)} {TAINT}`, then again"
            )
    return ""


def _pods(client: KubeClient, live: Object) -> list[Object]:
    """The pods that an object waits for when it is deleted."""
    meta, kind = live["metadata"], live["kind"]
    if kind == "Namespace":
        return client.list("v1", "Pod", meta["name"])
    if kind == "Pod":
        return [live]
    if live["apiVersion"] in ("apps/v1", "batch/v1") and (live.get("spec") or {}).get("selector"):
        return client.list("v1", "Pod", meta["namespace"], label_selector=selector_text(live["spec"]["selector"]))
    return []


def _silent(node: Object) -> float:
    """Seconds for which a node has been unreachable; 0 if it is not, or not for long enough to be sure."""
    ready = condition(node, "Ready")
    if ready.get("status") != "Unknown":
        return 0.0
    since = dt.datetime.fromisoformat(ready["lastTransitionTime"])
    seconds = (dt.datetime.now(dt.UTC) - since).total_seconds()
    return seconds if seconds >= SILENT_SECONDS else 0.0
