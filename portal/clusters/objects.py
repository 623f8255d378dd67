"""Nodes, NodeClaims and pods, as far as the portal shows them, from what an API server answers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from planner.catalog.instances import instance_types
from settings.models.pools.nodes import POOL_LABEL

GPU: Final = "nvidia.com/gpu"
_TYPE: Final = "node.kubernetes.io/instance-type"
_ZONE: Final = "topology.kubernetes.io/zone"
_NODE_POOL: Final = "karpenter.sh/nodepool"
_POOLS: Final = (POOL_LABEL, _NODE_POOL, "eks.amazonaws.com/nodegroup")
_CAPACITY: Final = ("karpenter.sh/capacity-type", "eks.amazonaws.com/capacityType")
_DRAINS: Final = frozenset({"karpenter.sh/disrupted", "ToBeDeletedByClusterAutoscaler"})
_STARTS: Final = frozenset({"karpenter.sh/unregistered", "node.cloudprovider.kubernetes.io/uninitialized"})
_NOMINATED: Final = re.compile(r"\b(nodeclaim|node)/([a-z0-9][a-z0-9.-]*)")
_ENDED: Final = frozenset({"Succeeded", "Failed"})
Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node."""

    name: str
    pool: str
    instance_type: str
    zone: str
    capacity_type: str
    """``on-demand``, ``spot`` or ``reserved``."""
    gpus: int
    gpus_used: int
    state: str
    """``ready``, ``starting``, ``draining`` or ``not-ready``."""
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A node that Karpenter launches, until it is ready."""

    name: str
    pool: str
    instance_type: str
    """Empty before EC2 launched it."""
    zone: str
    capacity_type: str
    node: str
    """Empty until it has joined."""
    reason: str
    """What it waits for, in a sentence."""
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A node that Karpenter launched."""

    claimed_at: datetime
    """When its NodeClaim was made."""
    launched_at: datetime
    """When EC2 had answered."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A launch that EC2 refused a short while ago; Karpenter deletes its NodeClaim."""

    pool: str
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod that has not ended."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    pool: str
    """The pool that it selects; empty if it selects none."""
    node: str
    """Empty until it is scheduled."""
    gpus: int
    ready: bool
    reason: str
    """Why the scheduler or a container waits; empty where neither does."""
    created_at: datetime
    scheduled_at: datetime | None = None
    """When it got its node."""
    started_at: datetime | None = None
    """When its first container started, its image pulled; None where one has started again since."""
    ready_at: datetime | None = None
    """When it became ready; None while it is not."""


def node(one: Object, gpus_used: int) -> Node:
    """Read a node; ``gpus_used`` are the GPUs that its pods have."""
    labels = _labels(one)
    kind = labels.get(_TYPE, "")
    known = instance_types().get(kind)
    # Before the device plugin has registered, a node has no GPUs to give, but it has them.
    gpus = max(_count((one.get("status") or {}).get("capacity"), GPU), known.gpus if known else 0)
    return Node(
        name=_name(one),
        pool=_first(labels, _POOLS),
        instance_type=kind,
        zone=labels.get(_ZONE, ""),
        capacity_type=_capacity(labels),
        gpus=gpus,
        gpus_used=gpus_used,
        state=_state(one, labels),
        created_at=_moment(one["metadata"].get("creationTimestamp")),
    )


def claim(one: Object) -> Claim | None:
    """Read a NodeClaim; None for one whose node is ready, or that is being deleted."""
    conditions = _conditions(one)
    if (conditions.get("Ready") or {}).get("status") == "True" or one["metadata"].get("deletionTimestamp"):
        return None
    labels = _labels(one)
    status = one.get("status") or {}
    return Claim(
        name=_name(one),
        pool=_first(labels, _POOLS),
        instance_type=labels.get(_TYPE, ""),
        zone=labels.get(_ZONE, ""),
        capacity_type=_capacity(labels) if labels.get(_CAPACITY[0]) else "",
        node=status.get("nodeName") or "",
        reason=_waits_for(conditions),
        created_at=_moment(one["metadata"].get("creationTimestamp")),
    )


def launch(one: Object) -> tuple[str, Launch] | None:
    """Read of a NodeClaim when its node was launched, with the node's name; None where it has not joined yet."""
    launched = _conditions(one).get("Launched") or {}
    name = str((one.get("status") or {}).get("nodeName") or "")
    if not name or launched.get("status") != "True":
        return None
    claimed = _moment(one["metadata"].get("creationTimestamp"))
    return name, Launch(claimed_at=claimed, launched_at=_moment(launched.get("lastTransitionTime")))


def refusal(event: Object, pools: Iterable[str]) -> Refusal | None:
    """Read an event of a NodeClaim that says that EC2 has no capacity; None for any other."""
    if event.get("reason") != "InsufficientCapacityError":
        return None
    name = str((event.get("involvedObject") or {}).get("name", ""))
    # The claim is gone: its name is that of its pool, a dash and five signs (metadata.generateName).
    pool = next((one for one in pools if name.rpartition("-")[0] == one), name.rpartition("-")[0])
    text = str(event.get("message", "")).partition(" event: ")
    at = event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    return Refusal(pool=pool, reason=f"EC2 has no capacity: {text[2] or text[0]}", at=_moment(at))


def pod(one: Object) -> Pod | None:
    """Read a pod; None for one that has ended."""
    status, spec = one.get("status") or {}, one.get("spec") or {}
    if status.get("phase") in _ENDED:
        return None
    conditions = _conditions(one)
    return Pod(
        namespace=str(one["metadata"].get("namespace", "")),
        name=_name(one),
        labels=_labels(one),
        pool=str((spec.get("nodeSelector") or {}).get(POOL_LABEL, "")),
        node=str(spec.get("nodeName") or ""),
        gpus=_gpus(spec),
        ready=(conditions.get("Ready") or {}).get("status") == "True",
        reason=_pod_waits(conditions, status),
        created_at=_moment(one["metadata"].get("creationTimestamp")),
        scheduled_at=_since(conditions, "PodScheduled"),
        started_at=_started(status),
        ready_at=_since(conditions, "Ready"),
    )


def _gpus(spec: Object) -> int:
    """GPUs that a pod takes of its node: those of its containers together, or of the init container that has more, which runs alone
    (Kubernetes, "Init Containers", resource sharing within containers).
    """

    def of(key: str) -> list[int]:
        return [_count((each.get("resources") or {}).get("limits"), GPU) for each in spec.get(key) or ()]

    return max([sum(of("containers")), *of("initContainers")])


def nominations(events: Iterable[Object]) -> dict[tuple[str, str], str]:
    """Namespace and name of a pod to the NodeClaim or node that Karpenter has chosen for it, the newest event last."""
    found: dict[tuple[str, str], str] = {}
    for event in sorted(events, key=lambda one: str(one.get("lastTimestamp") or one["metadata"]["creationTimestamp"])):
        about = event.get("involvedObject") or {}
        named = _NOMINATED.search(str(event.get("message", "")))
        if event.get("reason") == "Nominated" and named:
            found[str(about.get("namespace", "")), str(about.get("name", ""))] = named[2]
    return found


def gpus_by_node(pods: Iterable[Pod]) -> Counter[str]:
    """GPUs that the pods of each node have."""
    found: Counter[str] = Counter()
    for one in pods:
        if one.node:
            found[one.node] += one.gpus
    return found


def _waits_for(conditions: Mapping[str, Object]) -> str:
    for kind, words in (
        ("Launched", "Karpenter requests an instance from EC2"),
        ("Registered", "the instance starts, and has not joined the cluster yet"),
        ("Initialized", "the node has joined, and is not ready for pods yet"),
    ):
        condition = conditions.get(kind) or {}
        if condition.get("status") != "True":
            more = [str(condition.get(key) or "") for key in ("reason", "message")]
            detail = ": ".join(dict.fromkeys(one for one in more if one and one != "AwaitingReconciliation"))
            if condition.get("reason") == "LaunchFailed":
                return f"EC2 refused to launch it: {more[1]}"
            return f"{words} ({detail})" if detail and detail != kind else words
    return "it gets ready"


def _pod_waits(conditions: Mapping[str, Object], status: Object) -> str:
    scheduled = conditions.get("PodScheduled") or {}
    if scheduled.get("status") == "False":
        return str(scheduled.get("message") or scheduled.get("reason") or "")
    for each in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (each.get("state") or {}).get("waiting") or {}
        if waiting.get("reason"):
            return f"container {each.get('name')}: {waiting['reason']}"
    return ""


def _state(one: Object, labels: Mapping[str, str]) -> str:
    spec = one.get("spec") or {}
    taints = {str(taint.get("key")) for taint in spec.get("taints") or ()}
    if one["metadata"].get("deletionTimestamp") or spec.get("unschedulable") or taints & _DRAINS:
        return "draining"
    ready = _conditions(one).get("Ready") or {}
    launching = _NODE_POOL in labels and labels.get("karpenter.sh/initialized") != "true"
    if launching or taints & _STARTS:
        return "starting"
    if ready.get("status") == "True":
        return "ready"
    # A kubelet that never was ready has the reason KubeletNotReady, one that is gone NodeStatusUnknown.
    return "not-ready" if ready.get("status") == "Unknown" else "starting"


def _capacity(labels: Mapping[str, str]) -> str:
    return _first(labels, _CAPACITY).lower().replace("_", "-") or "on-demand"


def _conditions(one: Object) -> dict[str, Object]:
    return {str(each.get("type")): each for each in (one.get("status") or {}).get("conditions") or ()}


def _since(conditions: Mapping[str, Object], kind: str) -> datetime | None:
    condition = conditions.get(kind) or {}
    at = condition.get("lastTransitionTime")
    return _moment(at) if condition.get("status") == "True" and at else None


def _started(status: Object) -> datetime | None:
    """When the first container started; of one that started again the first start is not known any more."""
    first: Object = next(iter(status.get("containerStatuses") or ()), {})
    at = ((first.get("state") or {}).get("running") or {}).get("startedAt")
    return _moment(at) if at and not first.get("restartCount") else None


def _labels(one: Object) -> dict[str, str]:
    return dict(one["metadata"].get("labels") or {})


def _name(one: Object) -> str:
    return str(one["metadata"]["name"])


def _first(labels: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((labels[key] for key in keys if labels.get(key)), "")


def _count(amounts: Any, resource: str) -> int:
    value = (amounts or {}).get(resource, 0)
    return int(value) if str(value).isdecimal() else 0


def _moment(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)) if text else datetime.now(UTC)
