"""Readiness of Deployments, DaemonSets, StatefulSets, ReplicaSets, Jobs and Pods."""

import sys
from typing import ClassVar

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.waiting.pods import CRASHES, OTHER_AFTER, PodWatch, last_warning, last_words
from rehearsal.kubernetes.waiting.readiness import (
    READY,
    Object,
    Readiness,
    condition,
    is_observed,
    is_true,
    selector_text,
)


class _OwnsPods:
    """Shared by kinds that create pods: while not ready, their pods have the reason."""

    crashes: ClassVar[int] = CRASHES

    def __init__(self) -> None:
        self.pods = PodWatch(crashes=self.crashes)

    def not_ready(self, client: KubeClient, obj: Object, what: str) -> Readiness:
        """Return that it is not ready because of ``what``, or because of a failure of its pods or an event."""
        pods = self.current_pods(client, obj)
        text, final = self.pods.trouble(client, pods)
        if text:
            return Readiness(why=text, failed=final, preparing=self.pods.pulling and not final)
        if not pods and (refused := last_warning(client, obj)):
            return Readiness(
                why=f"its pods are refused: {refused}", failed=self.pods.lasted(obj, "refused", OTHER_AFTER)
            )
        unready = next((pod for pod in pods if not is_true(pod, "Ready")), None)
        hint = last_warning(client, unready) if unready else ""
        return Readiness(why=f"{what}{'; ' + hint if hint else ''}")

    def current_pods(self, client: KubeClient, obj: Object) -> list[Object]:
        selector = selector_text(obj["spec"].get("selector"))
        return client.list("v1", "Pod", obj["metadata"]["namespace"], label_selector=selector)


class DeploymentReadiness(_OwnsPods):
    """Rolled out: every replica is of the newest template and available, none of an older one is left."""

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a Deployment."""
        status = obj.get("status") or {}
        progressing = condition(obj, "Progressing")
        if not is_observed(obj):
            return Readiness(why="the deployment controller has not seen it yet")
        wanted = obj["spec"].get("replicas", 1)
        updated, total = status.get("updatedReplicas", 0), status.get("replicas", 0)
        available = status.get("availableReplicas", 0)
        if updated >= wanted and total == updated and available >= wanted:
            return READY
        if progressing.get("reason") == "ProgressDeadlineExceeded":
            found = self.not_ready(client, obj, "")
            if found.preparing:
                return found
            message, why = progressing.get("message", "progress deadline exceeded"), found.why
            return Readiness(why=f"{message}{' ' + why if why else ''}", failed=True)
        if is_true(obj, "ReplicaFailure"):
            message = condition(obj, "ReplicaFailure").get("message", "")
            return Readiness(
                why=f"its pods are refused: {message}", failed=self.pods.lasted(obj, "refused", OTHER_AFTER)
            )
        return self.not_ready(
            client, obj, f"{available} of {wanted} replicas available, {updated} updated, {total} in all"
        )

    def current_pods(self, client: KubeClient, obj: Object) -> list[Object]:
        """Return the pods of the newest ReplicaSet: older ones are being replaced."""
        sets = client.list("apps/v1", "ReplicaSet", obj["metadata"]["namespace"])
        mine = [item for item in sets if _owned_by(item, obj)]
        if not mine:
            return []
        newest = max(mine, key=lambda item: int((item["metadata"].get("annotations") or {}).get(_REVISION, 0)))
        return [pod for pod in super().current_pods(client, obj) if _owned_by(pod, newest)]


class DaemonSetReadiness(_OwnsPods):
    """Every node that should run it runs the newest template, available."""

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a DaemonSet."""
        status = obj.get("status") or {}
        if not is_observed(obj):
            return Readiness(why="the daemonset controller has not seen it yet")
        desired = status.get("desiredNumberScheduled", 0)
        on_delete = (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"
        updated = desired if on_delete else status.get("updatedNumberScheduled", 0)
        available = status.get("numberAvailable", 0)
        if updated >= desired and available >= desired:
            return READY
        return self.not_ready(client, obj, f"{available} of {desired} pods available, {updated} updated")


class StatefulSetReadiness(_OwnsPods):
    """Every replica is of the newest revision and ready."""

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a StatefulSet."""
        status = obj.get("status") or {}
        if not is_observed(obj):
            return Readiness(why="the statefulset controller has not seen it yet")
        wanted, ready = obj["spec"].get("replicas", 1), status.get("readyReplicas", 0)
        rolled = status.get("currentRevision") == status.get("updateRevision")
        if ready >= wanted and rolled and status.get("replicas", 0) == wanted:
            return READY
        return self.not_ready(client, obj, f"{ready} of {wanted} replicas ready")


class ReplicaSetReadiness(_OwnsPods):
    """Every replica is available."""

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a ReplicaSet."""
        wanted, available = obj["spec"].get("replicas", 1), (obj.get("status") or {}).get("availableReplicas", 0)
        if is_observed(obj) and available >= wanted:
            return READY
        return self.not_ready(client, obj, f"{available} of {wanted} replicas available")


class JobReadiness(_OwnsPods):
    """Ready when complete; a failed Job has its reason and the last line of its last pod."""

    # Its own backoffLimit says when it is enough.
    crashes: ClassVar[int] = sys.maxsize

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a Job."""
        if is_true(obj, "Complete") or obj["spec"].get("suspend"):
            return READY
        failed = condition(obj, "Failed")
        if failed.get("status") == "True":
            message = f"{failed.get('reason', '')}: {failed.get('message', '')}".strip(": ")
            last = self._last_failure(client, obj)
            return Readiness(why=f"{message}{'; ' + last if last else ''}", final=True)
        status = obj.get("status") or {}
        done, wanted = status.get("succeeded", 0), obj["spec"].get("completions") or 1
        return self.not_ready(client, obj, f"{done} of {wanted} pods succeeded, {status.get('active', 0)} running")

    def _last_failure(self, client: KubeClient, obj: Object) -> str:
        pods = sorted(self.current_pods(client, obj), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
        for pod in reversed(pods):
            for state in (pod.get("status") or {}).get("containerStatuses") or []:
                ended = (state.get("state") or {}).get("terminated") or {}
                if ended.get("exitCode"):
                    words = last_words(client, pod, state["name"], ended)
                    return f"pod {pod['metadata']['name']} exited with code {ended['exitCode']}: {words}"
        return ""


class PodReadiness(_OwnsPods):
    """Ready, or done."""

    def __call__(self, client: KubeClient, obj: Object) -> Readiness:
        """Judge a Pod."""
        phase = (obj.get("status") or {}).get("phase")
        if phase == "Succeeded" or (phase == "Running" and is_true(obj, "Ready")):
            return READY
        text, final = self.pods.trouble(client, [obj])
        failed = final or phase == "Failed"
        return Readiness(
            why=text or f"phase {phase}, not ready", failed=failed, preparing=self.pods.pulling and not failed
        )


_REVISION = "deployment.kubernetes.io/revision"


def _owned_by(obj: Object, owner: Object) -> bool:
    return any(ref.get("uid") == owner["metadata"]["uid"] for ref in obj["metadata"].get("ownerReferences") or [])
