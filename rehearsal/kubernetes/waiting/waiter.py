"""Loops that wait until an object is ready, has failed, is out of time, or no longer exists."""

import threading
import time
from collections.abc import Callable, Iterator

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.kubernetes.waiting import lost_nodes, other_kinds, wait_for, workloads
from rehearsal.kubernetes.waiting.readiness import Object, Readiness, ReadinessCheck
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits

DEFAULT_TIMEOUT = 600.0
SKIP = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"
LOST_AFTER = 10.0
"""Seconds of a deletion after which nodes are looked at: most objects are gone by then."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 0.5

_CHECKS: dict[tuple[str, str], Callable[[WaitLimits], ReadinessCheck]] = {
    ("apps/v1", "DaemonSet"): lambda _: workloads.DaemonSetReadiness(),
    ("apps/v1", "Deployment"): lambda _: workloads.DeploymentReadiness(),
    ("apps/v1", "ReplicaSet"): lambda _: workloads.ReplicaSetReadiness(),
    ("apps/v1", "StatefulSet"): lambda _: workloads.StatefulSetReadiness(),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): lambda _: other_kinds.definition,
    ("batch/v1", "Job"): lambda _: workloads.JobReadiness(),
    ("networking.k8s.io/v1", "Ingress"): lambda _: other_kinds.ingress,
    ("v1", "Namespace"): lambda _: other_kinds.namespace,
    ("v1", "PersistentVolume"): lambda _: other_kinds.volume,
    ("v1", "PersistentVolumeClaim"): lambda _: other_kinds.claim,
    ("v1", "Pod"): lambda _: workloads.PodReadiness(),
    ("v1", "Service"): other_kinds.ServiceReadiness,
}


class NotReadyError(Exception):
    """The object is there but is not ready; ``live`` is how it was seen last."""

    def __init__(self, message: str, live: Object) -> None:
        super().__init__(message)
        self.live = live


def time_limit(obj: Object, timeout: float) -> float:
    """Seconds to wait: ``customTimeouts``, else the annotation, else ten minutes."""
    if timeout:
        return timeout
    text = _annotation(obj, TIMEOUT)
    try:
        return float(text) if text else DEFAULT_TIMEOUT
    except ValueError:
        return DEFAULT_TIMEOUT


def skips_await(obj: Object) -> bool:
    """Return whether its annotation says not to wait for its readiness."""
    return _annotation(obj, SKIP) == "true"


def _own_check(obj: Object, limits: WaitLimits) -> ReadinessCheck | None:
    """The check that its annotation describes, else that of its kind; None for what is ready at once."""
    text = ((obj.get("metadata") or {}).get("annotations") or {}).get(wait_for.ANNOTATION)
    if text:
        return wait_for.parse(text)
    make = _CHECKS.get((obj["apiVersion"], obj["kind"]))
    return make(limits) if make else None


def check_of(kind: tuple[str, str], limits: WaitLimits) -> ReadinessCheck:
    """The readiness check of an apiVersion and kind, for one object; KeyError for a kind that is ready at once."""
    return _CHECKS[kind](limits)


def remaining(seconds: float) -> str:
    """What is said where waiting ends early: how long Pulumi would go on."""
    return f"outside a rehearsal Pulumi waits {max(0.0, seconds):.0f} s more"


def until_ready(
    client: KubeClient, obj: Object, *, timeout: float, cancelled: threading.Event, limits: WaitLimits | None = None
) -> Object:
    """Wait for ``obj`` and return it as it is then.

    Raises:
        NotReadyError: it failed, the time is over, or the engine canceled.
    """
    limits = limits or WaitLimits()
    check = _own_check(obj, limits)
    if check is None or skips_await(obj):
        return obj
    limit = time_limit(obj, timeout)
    deadline = time.monotonic() + limit
    where = (obj["apiVersion"], obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace"))
    pauses = _pauses()
    began = time.monotonic()
    while True:
        try:
            live = client.get(*where)
        except NotFoundError:
            raise NotReadyError("it was deleted while it was being waited for", obj) from None
        readiness: Readiness = check(client, live)
        if readiness.ready:
            return live
        if readiness.final:
            raise NotReadyError(readiness.why, live)
        if readiness.failed and not limits.until_the_limit:
            raise NotReadyError(f"{readiness.why} ({remaining(deadline - time.monotonic())})", live)
        if time.monotonic() >= deadline:
            raise NotReadyError(f"timed out waiting to be Ready, not ready after {limit:.0f} s: {readiness.why}", live)
        if cancelled.wait(next(pauses)):
            raise NotReadyError(f"cancelled while waiting: {readiness.why}", live)
        now = time.monotonic()
        if readiness.preparing:
            deadline += now - began
        began = now


def until_gone(
    client: KubeClient,
    kind: tuple[str, str],
    name: str,
    namespace: str | None,
    uid: str | None,
    *,
    timeout: float,
    cancelled: threading.Event,
    limits: WaitLimits | None = None,
) -> str:
    """Wait until the object no longer exists; return nothing, or what holds it when waiting is over."""
    began, pauses = time.monotonic(), _pauses()
    deadline = began + (timeout or DEFAULT_TIMEOUT)
    limits = limits or WaitLimits()
    while True:
        try:
            live = client.get(*kind, name, namespace)
        except NotFoundError:
            return ""
        if uid and live["metadata"]["uid"] != uid:
            return ""
        if cancelled.wait(next(pauses)):
            return f"cancelled while it was being deleted; {held_by(live)}"
        lost = lost_nodes.holding(client, live) if time.monotonic() - began >= LOST_AFTER else ""
        if lost and not limits.until_the_limit:
            return f"{lost} ({remaining(deadline - time.monotonic())})"
        if time.monotonic() >= deadline:
            return f"still there after {timeout or DEFAULT_TIMEOUT:.0f} s; {lost or held_by(live)}"


def _pauses() -> Iterator[float]:
    """Yield pauses, short ones first: most objects are ready or deleted at once."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def held_by(live: Object) -> str:
    """What keeps an object that is being deleted, and what to do."""
    finalizers = [*(live["metadata"].get("finalizers") or []), *((live.get("spec") or {}).get("finalizers") or [])]
    reasons = [
        str(item["message"])
        for item in (live.get("status") or {}).get("conditions") or []
        if item.get("status") == "True" and item.get("message") and str(item.get("type", "")).startswith("Namespace")
    ]
    without = "its kubelet has not let it go" if live.get("kind") == "Pod" else "it has no finalizer left"
    held = f"held by finalizer {', '.join(finalizers)}" if finalizers else without
    return "; ".join([held, *reasons]) + "; what set the finalizer must finish, or remove it with kubectl edit"


def _annotation(obj: Object, name: str) -> str:
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(name, "")).lower()
