"""An API server of recorded objects: lists by path, refusals on request, and the kubeconfig that leads to it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PODS, NODES = "/api/v1/pods", "/api/v1/nodes"
CLAIMS, EVENTS = "/apis/karpenter.sh/v1/nodeclaims", "/api/v1/events"
SCALED_OBJECTS = "/apis/keda.sh/v1alpha1/scaledobjects"
HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers"


@dataclass
class ClusterApi:
    """What it answers."""

    objects: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {PODS: [], NODES: [], EVENTS: []})
    statuses: dict[str, int] = field(default_factory=dict)
    """Path to the status it answers instead."""
    token: str = ""
    """What every request must bring; empty for none."""
    page: int = 500
    proxies: dict[str, Callable[[str, dict[str, str]], tuple[int, Any]]] = field(default_factory=dict)
    """Path of a Service's proxy to what answers below it: from path and query to status and body, JSON or bytes."""
    requests: list[str] = field(default_factory=list)
    url: str = ""

    def kubeconfig(self, user: dict[str, Any] | None = None, server: str = "") -> str:
        """As pulumi-eks writes one."""
        return json.dumps(
            {
                "clusters": [{"name": "kubernetes", "cluster": {"server": server or self.url}}],
                "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
                "current-context": "aws",
                "users": [{"name": "aws", "user": user or {}}],
            }
        )

    def answer(self, target: str, authorization: str) -> tuple[int, Any]:
        """Status and body for a request."""
        self.requests.append(target)
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.token and authorization != f"Bearer {self.token}":
            return 401, {}
        if parts.path in self.statuses:
            return self.statuses[parts.path], {}
        for path, proxied in self.proxies.items():
            if parts.path.startswith(path):
                return proxied(parts.path.removeprefix(path), query)
        if parts.path not in self.objects:
            return 404, {}
        found = self.objects[parts.path]
        selector = query.get("fieldSelector", "")
        if selector.startswith("reason="):
            found = [one for one in found if one["reason"] == selector.removeprefix("reason=")]
        first = int(query.get("continue", "0"))
        last = first + min(self.page, int(query["limit"]))
        more = {"continue": str(last)} if last < len(found) else {}
        return 200, {"items": found[first:last], "metadata": more}


@contextmanager
def serving() -> Iterator[ClusterApi]:
    """The server, on a port of its own, until the block ends."""
    api = ClusterApi()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = api.answer(self.path, self.headers.get("Authorization", ""))
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with suppress(BrokenPipeError):  # the portal waits for no slow answer
                self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ago(**time: float) -> str:
    """A moment in the past, as Kubernetes writes it."""
    return (datetime.now(UTC) - timedelta(**time)).strftime("%Y-%m-%dT%H:%M:%SZ")


def node(name: str, pool: str, kind: str, bought: str = "spot", **more: Any) -> dict[str, Any]:
    """A node that Karpenter launched, or of a node group where the pool has none of its labels."""
    labels = {
        "llm-platform/pool": pool,
        "node.kubernetes.io/instance-type": kind,
        "topology.kubernetes.io/zone": "us-east-1a",
        "karpenter.sh/nodepool": pool,
        "karpenter.sh/capacity-type": bought,
        "karpenter.sh/initialized": "true",
    }
    return {
        "metadata": {"name": name, "labels": labels | more.pop("labels", {}), "creationTimestamp": ago(hours=3)},
        "spec": more.pop("spec", {}),
        "status": {"capacity": {"cpu": "4"}, "conditions": [{"type": "Ready", "status": "True"}]} | more,
    }


def of_group(name: str, group: str, kind: str = "m5.xlarge") -> dict[str, Any]:
    """A node of a managed node group."""
    made = node(name, group, kind)
    made["metadata"]["labels"] = {
        "eks.amazonaws.com/nodegroup": group,
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "node.kubernetes.io/instance-type": kind,
        "topology.kubernetes.io/zone": "us-east-1b",
    }
    return made


def pod(name: str, service: str = "qwen", node: str = "", created: float = 240, **status: Any) -> dict[str, Any]:
    """A pod of a service of team search that has one GPU, made so many seconds ago."""
    return {
        "metadata": {
            "name": name,
            "namespace": "dev-search",
            "labels": {"app.kubernetes.io/instance": service, "app.kubernetes.io/name": "vllm"},
            "creationTimestamp": ago(seconds=created),
        },
        "spec": {
            "nodeSelector": {"llm-platform/pool": "g5"},
            "containers": [{"name": "vllm", "resources": {"limits": {"nvidia.com/gpu": "1"}}}],
            **({"nodeName": node} if node else {}),
        },
        "status": {"phase": "Running" if node else "Pending"} | status,
    }


UNSCHEDULABLE = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        }
    ]
}
READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def started(*, scheduled: float, started: float, ready: float) -> dict[str, Any]:
    """The status of a pod that is ready; seconds since each step of its start."""
    moments = {"PodScheduled": scheduled, "Ready": ready}
    return {
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": ago(seconds=seconds)}
            for kind, seconds in moments.items()
        ],
        "containerStatuses": [
            {"name": "vllm", "restartCount": 0, "state": {"running": {"startedAt": ago(seconds=started)}}}
        ],
    }


def claim(name: str, pool: str, *conditions: tuple[str, str, str, str], **labels: str) -> dict[str, Any]:
    """A NodeClaim; a condition is its type, status, reason and message."""
    return {
        "metadata": {
            "name": name,
            "labels": {"karpenter.sh/nodepool": pool, "llm-platform/pool": pool, **labels},
            "creationTimestamp": ago(minutes=1),
        },
        "status": {
            "conditions": [dict(zip(("type", "status", "reason", "message"), one, strict=True)) for one in conditions]
        },
    }


def joined(name: str, node: str, *, claimed: float, launched: float) -> dict[str, Any]:
    """A NodeClaim whose node is ready; seconds since it was made and since EC2's answer."""
    found = claim(name, "g5", ("Launched", "True", "Launched", ""), ("Ready", "True", "Ready", ""))
    found["metadata"]["creationTimestamp"] = ago(seconds=claimed)
    found["status"]["nodeName"] = node
    found["status"]["conditions"][0]["lastTransitionTime"] = ago(seconds=launched)
    return found


LAUNCHING = (("Launched", "Unknown", "AwaitingReconciliation", "object is awaiting reconciliation"),)
REGISTERING = (
    ("Launched", "True", "Launched", ""),
    ("Registered", "Unknown", "NodeNotFound", "Node not registered with cluster"),
)
LAUNCHED = {
    "node.kubernetes.io/instance-type": "g5.2xlarge",
    "topology.kubernetes.io/zone": "us-east-1b",
    "karpenter.sh/capacity-type": "on-demand",
}


def nominated(pod: str, target: str) -> dict[str, Any]:
    """Karpenter's choice for a pod."""
    return {
        "reason": "Nominated",
        "message": f"Pod should schedule on: {target}",
        "involvedObject": {"kind": "Pod", "namespace": "dev-search", "name": pod},
        "metadata": {"name": f"{pod}.1", "creationTimestamp": ago(seconds=50)},
        "lastTimestamp": ago(seconds=50),
    }


def no_capacity(claim: str, **when: float) -> dict[str, Any]:
    """EC2's refusal of a NodeClaim, which Karpenter deletes."""
    return {
        "reason": "InsufficientCapacityError",
        "message": f"NodeClaim {claim} event: creating instance, insufficient capacity, InsufficientInstanceCapacity: "
        "no g5.xlarge in us-east-1a",
        "involvedObject": {"kind": "NodeClaim", "name": claim},
        "metadata": {"name": f"{claim}.1", "creationTimestamp": ago(**(when or {"minutes": 2}))},
        "lastTimestamp": ago(**(when or {"minutes": 2})),
    }
