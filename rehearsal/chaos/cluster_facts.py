"""What is so in a cluster right now, as short sentences: what a watch of a failure compares."""

from collections.abc import Iterator

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.node_claims import launches_without_capacity, node_claims
from rehearsal.kubernetes.waiting.readiness import Object, is_true

_GPU = "nvidia.com/gpu"


def facts(client: KubeClient) -> list[str]:
    """Return everything that is so about nodes, NodeClaims and pods."""
    return [
        *(fact for node in client.list("v1", "Node") for fact in _node(node)),
        *(fact for claim in node_claims(client) for fact in _claim(claim)),
        *(fact for pod in client.list("v1", "Pod") for fact in _pod(pod)),
        *(event["message"] for event in launches_without_capacity(client)),
    ]


def _node(node: Object) -> Iterator[str]:
    name = node["metadata"]["name"]
    yield f"node {name}: exists"
    for taint in node["spec"].get("taints", []):
        yield f"node {name}: taint {taint['key']}:{taint['effect']}"
    if node["metadata"].get("deletionTimestamp"):
        yield f"node {name}: is being drained"
    if is_true(node, "Ready"):
        yield f"node {name}: Ready"
    gpus = node["status"].get("allocatable", {}).get(_GPU, "0")
    if gpus != "0":
        yield f"node {name}: {gpus} GPUs allocatable"


def _claim(claim: Object) -> Iterator[str]:
    name, labels = claim["metadata"]["name"], claim["metadata"].get("labels", {})
    yield f"NodeClaim {name}: exists"
    if claim["metadata"].get("deletionTimestamp"):
        yield f"NodeClaim {name}: is being deleted"
    for condition in claim.get("status", {}).get("conditions", []):
        if condition["status"] == "True" and condition["type"] == "Launched":
            what = [labels.get("node.kubernetes.io/instance-type"), labels.get("karpenter.sh/capacity-type")]
            place = labels.get("topology.kubernetes.io/zone")
            yield f"NodeClaim {name}: launched {' '.join(filter(None, what))} in {place}"
        elif condition["status"] == "True":
            yield f"NodeClaim {name}: {condition['type']}"


def _pod(pod: Object) -> Iterator[str]:
    name = name_of(pod)
    yield f"pod {name}: exists"
    if pod["metadata"].get("deletionTimestamp"):
        yield f"pod {name}: is ending"
    if pod["spec"].get("nodeName"):
        yield f"pod {name}: on node {pod['spec']['nodeName']}"
    if is_true(pod, "Ready"):
        yield f"pod {name}: Ready"


def name_of(pod: Object) -> str:
    """Return a pod's namespace and name."""
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
