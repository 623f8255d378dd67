"""The pods of a model and the nodes under them: how a test counts, waits for, slows and drains them."""

from typing import Any

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import ApiError, NotFoundError
from rehearsal.kubernetes.waiting.readiness import is_true
from tests.integration.waiting import soon

SECONDS = 540.0
"""Within so long a rollout or a drain is over on a busy machine."""
_TOO_MANY_REQUESTS = 429


def rolled(kube: KubeClient, name: str, namespace: str) -> bool:
    """Whether all pods of a Deployment are those of its last change, and ready, and none of them ends."""
    found = kube.get("apps/v1", "Deployment", name, namespace)
    status, wanted = found["status"], found["spec"]["replicas"]
    counts = {status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")}
    ending = [pod for pod in kube.list("v1", "Pod", namespace) if pod["metadata"].get("deletionTimestamp")]
    return status.get("observedGeneration", 0) >= found["metadata"]["generation"] and counts == {wanted} and not ending


def pods(kube: KubeClient, name: str, namespace: str) -> list[dict[str, Any]]:
    """The pods of a Deployment, those that end included."""
    return [pod for pod in kube.list("v1", "Pod", namespace) if _deployment(pod) == name]


def _deployment(pod: dict[str, Any]) -> str:
    """The Deployment of a pod, by its ReplicaSet's name; pods of Jobs have none."""
    owners = pod["metadata"].get("ownerReferences", ())
    return next((one["name"].rpartition("-")[0] for one in owners if one["kind"] == "ReplicaSet"), "")


def nodes(kube: KubeClient, name: str, namespace: str) -> set[str]:
    """Nodes that ready pods of a Deployment are on."""
    return {pod["spec"]["nodeName"] for pod in pods(kube, name, namespace) if is_true(pod, "Ready")}


def leaving(kube: KubeClient, name: str, namespace: str, node: str) -> bool:
    """Whether each pod of a Deployment on a node ends, or none is there any more."""
    there = [pod["metadata"] for pod in pods(kube, name, namespace) if pod["spec"].get("nodeName") == node]
    return all("deletionTimestamp" in one for one in there)


def scaled(kube: KubeClient, name: str, namespace: str, replicas: int) -> None:
    """Set a Deployment's replicas, and wait until its pods are so many."""
    kube.patch("apps/v1", "Deployment", name, namespace, {"spec": {"replicas": replicas}})
    soon(lambda: len(pods(kube, name, namespace)) == replicas, f"{replicas} pods", SECONDS)


def drained(kube: KubeClient, node: str) -> None:
    """Do what ``kubectl drain --ignore-daemonsets`` does: cordon a node and evict its pods within their budgets."""
    kube.patch("v1", "Node", node, None, {"spec": {"unschedulable": True}})
    soon(lambda: not [pod for pod in _evictable(kube, node) if not _evicted(kube, pod)], f"{node} is drained", SECONDS)


def _evictable(kube: KubeClient, node: str) -> list[dict[str, Any]]:
    found = kube.list("v1", "Pod", field_selector=f"spec.nodeName={node}")
    return [
        pod for pod in found if all(one["kind"] != "DaemonSet" for one in pod["metadata"].get("ownerReferences", []))
    ]


def _evicted(kube: KubeClient, pod: dict[str, Any]) -> bool:
    """Evict a pod, unless it ends already or its budget does not allow it; return whether it is gone."""
    meta = {key: pod["metadata"][key] for key in ("name", "namespace")}
    if not pod["metadata"].get("deletionTimestamp"):
        try:
            kube.create({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}, subresource="eviction")
        except NotFoundError:
            return True
        except ApiError as error:
            if error.code != _TOO_MANY_REQUESTS:
                raise
    return False
