"""Watching an install or upgrade while Helm waits: the reason when it does not get ready, and an early end.

Helm waits itself and marks the release; it says ``context deadline exceeded`` and no more. So the objects of the release
are looked at meanwhile with the checks of this provider. What cannot succeed ends the wait at once, as for any other
object; the limit ends it as well, and what a pod's image takes to be built does not count for it.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from rehearsal.controlplane.client import KubeClient, Object
from rehearsal.controlplane.errors import KubeError
from rehearsal.kubernetes.waiting.readiness import READY, Readiness, ReadinessCheck, is_observed
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits
from rehearsal.kubernetes.waiting.waiter import check_of, remaining

_PAUSE = 0.5
# What Helm 3 waits for (`pkg/kube/ready.go`); a Job only where `waitForJobs` is set.
_WAITED_FOR = frozenset(
    {
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "Job"),
        ("v1", "PersistentVolumeClaim"),
        ("v1", "Pod"),
        ("v1", "Service"),
    }
)
_DEPLOYMENT, _JOB, _SERVICE = ("apps/v1", "Deployment"), ("batch/v1", "Job"), ("v1", "Service")


@dataclass(kw_only=True)
class ReleaseWait:
    """One wait.

    Attributes:
        client: The cluster.
        namespace: The release's, where objects lie that name none.
        objects: Finds what the release applies; None while Helm has not stored it.
        end: Ends Helm's own wait.
        limit: Seconds.
        limits: The provider's.
        cancelled: Set when the engine cancels.
        for_jobs: Whether Jobs must be complete.
        reason: Why it is not ready, as seen last.
        ended: Whether `end` was called.
    """

    client: KubeClient
    namespace: str
    objects: Callable[[], list[Object] | None]
    end: Callable[[], None]
    limit: float
    limits: WaitLimits
    cancelled: threading.Event
    for_jobs: bool = False
    reason: str = ""
    ended: bool = False
    _checks: dict[tuple[str, str, str, str], ReadinessCheck] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Start to look."""
        self._thread = threading.Thread(target=self._run, name="helm-wait", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to look."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        last = time.monotonic()
        left = self.limit
        found: list[Object] | None = None
        while not self._over.wait(_PAUSE):
            if self.cancelled.is_set():
                return self._stop(f"cancelled while waiting{': ' + self.reason if self.reason else ''}")
            now = time.monotonic()
            building = False
            try:
                found = found or self.objects()
                unready = self._look(found) if found else None
            except KubeError as error:
                unready = Readiness(why=str(error))
            if unready is not None:
                self.reason, building = unready.why, unready.preparing
            if not building:
                left -= now - last
            last = now
            if unready is not None and unready.failed and not self.limits.until_the_limit:
                return self._stop(f"{unready.why} ({remaining(left)})")
            if left <= 0:
                return self._stop(f"not ready after {self.limit:.0f} s{': ' + self.reason if self.reason else ''}")
        return None

    def _stop(self, reason: str) -> None:
        self.reason, self.ended = reason, True
        self.end()

    def _look(self, objects: list[Object]) -> Readiness | None:
        """The first object that is not ready, one without hope before others."""
        first: Readiness | None = None
        for item in objects:
            key = (item["apiVersion"], item["kind"])
            if key not in _WAITED_FOR or (key == _JOB and not self.for_jobs):
                continue
            found = self._of(item)
            if found.ready:
                continue
            if found.failed or found.final:
                return Readiness(why=found.why, failed=True)
            first = first or found
        return first

    def _of(self, item: Object) -> Readiness:
        kind, metadata = (item["apiVersion"], item["kind"]), item["metadata"]
        where = (*kind, metadata["name"], metadata.get("namespace") or self.namespace)
        check = self._checks.get(where)
        if check is None:
            check = self._checks[where] = check_of(kind, self.limits)
        live = self.client.get(*where)
        if satisfies_helm(live):
            return READY
        found = check(self.client, live)
        return found if found.ready else replace(found, why=f'{item["kind"]} "{metadata["name"]}": {found.why}')


def satisfies_helm(live: Object) -> bool:
    """Return whether Helm 3 takes a Deployment or Service for ready that this provider would wait for longer.

    A Deployment may lack as many replicas as its rollout may (`maxUnavailable`), a Service without a load balancer is ready
    (``pkg/kube/ready.go``).
    """
    key, spec = (live["apiVersion"], live["kind"]), live.get("spec") or {}
    if key == _SERVICE:
        return spec.get("type") != "LoadBalancer"
    status = live.get("status") or {}
    if key != _DEPLOYMENT or not is_observed(live) or status.get("updatedReplicas", 0) < spec.get("replicas", 1):
        return False
    return bool(status.get("readyReplicas", 0) >= spec.get("replicas", 1) - _max_unavailable(spec))


def _max_unavailable(spec: Object) -> int:
    """Replicas that a rollout may do without, as the deployment controller resolves percentages."""
    strategy, replicas = spec.get("strategy") or {}, int(spec.get("replicas", 1))
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return 0
    rolling = strategy.get("rollingUpdate") or {}
    lacking = _resolved(rolling.get("maxUnavailable", "25%"), replicas, math.floor)
    if lacking == 0 and _resolved(rolling.get("maxSurge", "25%"), replicas, math.ceil) == 0:
        return min(1, replicas)
    return min(lacking, replicas)


def _resolved(value: int | str, replicas: int, rounded: Callable[[float], int]) -> int:
    return rounded(replicas * int(value.removesuffix("%")) / 100) if isinstance(value, str) else value
