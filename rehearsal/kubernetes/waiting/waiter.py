"""The loops: look until ready, failed or out of time; wait until gone."""

import threading
import time
from collections.abc import Callable, Iterator

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.kubernetes.waiting import others, workloads
from rehearsal.kubernetes.waiting.patience import Patience
from rehearsal.kubernetes.waiting.verdict import Look, Object, Verdict

DEFAULT_TIMEOUT = 600.0
SKIP = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 0.5

_LOOKS: dict[tuple[str, str], Callable[[Patience], Look]] = {
    ("apps/v1", "DaemonSet"): lambda _: workloads.DaemonSetLook(),
    ("apps/v1", "Deployment"): lambda _: workloads.DeploymentLook(),
    ("apps/v1", "ReplicaSet"): lambda _: workloads.ReplicaSetLook(),
    ("apps/v1", "StatefulSet"): lambda _: workloads.StatefulSetLook(),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): lambda _: others.definition,
    ("batch/v1", "Job"): lambda _: workloads.JobLook(),
    ("networking.k8s.io/v1", "Ingress"): lambda _: others.ingress,
    ("v1", "Namespace"): lambda _: others.namespace,
    ("v1", "PersistentVolume"): lambda _: others.volume,
    ("v1", "PersistentVolumeClaim"): lambda _: others.claim,
    ("v1", "Pod"): lambda _: workloads.PodLook(),
    ("v1", "Service"): others.ServiceLook,
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


def until_ready(
    client: KubeClient, obj: Object, *, timeout: float, cancelled: threading.Event, patience: Patience | None = None
) -> Object:
    """Wait for ``obj`` and return it as it is then.

    Raises:
        NotReadyError: it failed, the time is over, or somebody asked to stop.
    """
    make = _LOOKS.get((obj["apiVersion"], obj["kind"]))
    if make is None or _annotation(obj, SKIP) == "true":
        return obj
    patience = patience or Patience()
    limit = time_limit(obj, timeout)
    look, deadline = make(patience), time.monotonic() + limit
    where = (obj["apiVersion"], obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace"))
    pauses = _pauses()
    while True:
        try:
            live = client.get(*where)
        except NotFoundError:
            raise NotReadyError("it was deleted while it was being waited for", obj) from None
        verdict: Verdict = look(client, live)
        if verdict.ready:
            return live
        if verdict.final:
            raise NotReadyError(verdict.why, live)
        if verdict.failed and not patience.until_the_limit:
            left = max(0.0, deadline - time.monotonic())
            raise NotReadyError(f"{verdict.why} (outside a rehearsal Pulumi waits {left:.0f} s more)", live)
        if time.monotonic() >= deadline:
            raise NotReadyError(f"timed out waiting to be Ready, not ready after {limit:.0f} s: {verdict.why}", live)
        if cancelled.wait(next(pauses)):
            raise NotReadyError(f"cancelled while waiting: {verdict.why}", live)


def until_gone(
    client: KubeClient,
    kind: tuple[str, str],
    name: str,
    namespace: str | None,
    uid: str | None,
    *,
    timeout: float,
    cancelled: threading.Event,
) -> str:
    """Wait until the object is gone; empty, or what holds it when the time is over."""
    deadline, pauses = time.monotonic() + (timeout or DEFAULT_TIMEOUT), _pauses()
    while True:
        try:
            live = client.get(*kind, name, namespace)
        except NotFoundError:
            return ""
        if uid and live["metadata"]["uid"] != uid:
            return ""
        if cancelled.wait(next(pauses)):
            return f"cancelled while it was being deleted; {_held_by(live)}"
        if time.monotonic() >= deadline:
            return f"still there after {timeout or DEFAULT_TIMEOUT:.0f} s; {_held_by(live)}"


def _pauses() -> Iterator[float]:
    """Short ones first: most objects are ready or gone at once."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _held_by(live: Object) -> str:
    finalizers = [*(live["metadata"].get("finalizers") or []), *((live.get("spec") or {}).get("finalizers") or [])]
    told = [
        str(item["message"])
        for item in (live.get("status") or {}).get("conditions") or []
        if item.get("status") == "True" and item.get("message") and str(item.get("type", "")).startswith("Namespace")
    ]
    held = f"held by finalizer {', '.join(finalizers)}" if finalizers else "its kubelet has not let it go"
    return "; ".join([held, *told]) + "; what set the finalizer must finish, or remove it with kubectl edit"


def _annotation(obj: Object, name: str) -> str:
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(name, "")).lower()
