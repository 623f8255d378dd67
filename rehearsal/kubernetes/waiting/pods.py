"""Failures of pods: not schedulable, image not available, crash loops.

A reason counts only once it lasted: a Secret may come a second later, a node may still be joining.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterable

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError
from rehearsal.kubernetes.waiting.provisioning import JOINS_WITHIN, Provisioning, age, provisioning_for
from rehearsal.kubernetes.waiting.readiness import Object, condition, is_true

UNSCHEDULABLE_AFTER = 20.0
"""Seconds without a change of nodes and NodeClaims after which the scheduler's word, and Karpenter's, is final."""
IMAGE_AFTER = 5.0
OTHER_AFTER = 20.0
CRASHES = 3
"""Restarts after which a crash loop is reported without further waiting."""

_IMAGE_REASONS = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"}
)
_CONFIG_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
# What the node agent says while the program of a container's image is being built.
_PULLING = "Pulling image "


class PodWatch:
    """Looks at the pods of one resource, again and again."""

    def __init__(self, *, crashes: int = CRASHES, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nothing seen.

        Args:
            crashes: Restarts of a container after which waiting on is pointless.
            clock: Seconds that only grow.
        """
        self._crashes = crashes
        self._clock = clock
        self._since: dict[tuple[str, str], float] = {}
        self._nodes: object = None
        self._changed = clock()
        self.pulling = False
        """Whether the failure that was found last is an image whose program is still being built."""

    def trouble(self, client: KubeClient, pods: Iterable[Object]) -> tuple[str, bool]:
        """Return the worst failure of ``pods``, and whether waiting longer is pointless; empty if there is none."""
        first = ""
        self.pulling = False
        for pod in pods:
            if pod["metadata"].get("deletionTimestamp"):
                continue
            text, final = self._of_pod(client, pod)
            if final:
                return text, True
            first = first or text
        return first, False

    def _of_pod(self, client: KubeClient, pod: Object) -> tuple[str, bool]:
        name = f"pod {pod['metadata']['name']}"
        scheduled = condition(pod, "PodScheduled")
        if scheduled.get("status") == "False" and scheduled.get("reason") in ("Unschedulable", "SchedulingGated"):
            coming = provisioning_for(client, pod)
            parts = [f"{name} cannot be scheduled: {scheduled.get('message', scheduled['reason'])}", coming.why]
            settled, lasted = self._is_settled(client, coming), self.lasted(pod, "Unschedulable", UNSCHEDULABLE_AFTER)
            return "; ".join(filter(None, parts)), settled and lasted
        status = pod.get("status") or {}
        for state in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
            text, final = self._of_container(client, pod, state)
            if text:
                return f"{name}, container {state['name']}: {text}", final
        if status.get("phase") == "Failed":
            return f"{name} failed: {status.get('reason', '')} {status.get('message', '')}".rstrip(" :"), False
        return "", False

    def _of_container(self, client: KubeClient, pod: Object, state: Object) -> tuple[str, bool]:
        waiting = (state.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        text = f"{reason}: {waiting.get('message') or ''}".rstrip(": ")
        if reason in _IMAGE_REASONS:
            return text, self.lasted(pod, "image", IMAGE_AFTER)
        if reason in _CONFIG_REASONS:
            return text, self.lasted(pod, "config", OTHER_AFTER)
        if str(waiting.get("message") or "").startswith(_PULLING):
            self.pulling = True
            return str(waiting["message"]), False
        restarts = state.get("restartCount") or 0
        ended = (state.get("lastState") or {}).get("terminated") or (state.get("state") or {}).get("terminated")
        if ended and ended.get("exitCode") and (reason == "CrashLoopBackOff" or restarts):
            message = f"crashed with exit code {ended['exitCode']} ({restarts} restarts)"
            last = last_words(client, pod, state["name"], ended)
            return f"{message}{': ' + last if last else ''}", restarts >= self._crashes
        return "", False

    def lasted(self, obj: Object, what: str, seconds: float) -> bool:
        """Return whether ``what`` was seen of the object for so many seconds; the first check starts the clock."""
        since = self._since.setdefault((obj["metadata"]["uid"], what), self._clock())
        return self._clock() - since >= seconds

    def _is_settled(self, client: KubeClient, coming: Provisioning) -> bool:
        """Return whether the nodes, the room on them and what Karpenter launches stopped changing a while ago.

        A pod of a DaemonSet can make room on its node: GPUs are allocatable once the device plugin has registered them.
        """
        nodes = client.list("v1", "Node")
        now = dt.datetime.now(dt.UTC)
        ages = [age(node, now) for node in nodes]
        joining = any(old < JOINS_WITHIN and not is_true(node, "Ready") for node, old in zip(nodes, ages, strict=True))
        pods = client.list("v1", "Pod")
        # A pod on a node that has failed does not end, and makes no room.
        works = {node["metadata"]["name"] for node in nodes if is_true(node, "Ready")}
        leaving = any(pod["metadata"].get("deletionTimestamp") and pod["spec"].get("nodeName") in works for pod in pods)
        starting = any(
            _is_of_a_daemon_set(pod) and not is_true(pod, "Ready") and age(pod, now) < JOINS_WITHIN for pod in pods
        )
        rooms = [
            (node["metadata"]["uid"], node.get("spec"), (node.get("status") or {}).get("allocatable")) for node in nodes
        ]
        seen = (rooms, coming.claims)
        if joining or starting or leaving or coming.pending or (self._nodes is not None and seen != self._nodes):
            self._changed = self._clock()
        self._nodes = seen
        quiet = self._clock() - self._changed
        return min([quiet, *ages]) >= UNSCHEDULABLE_AFTER


def last_words(client: KubeClient, pod: Object, container: str, ended: Object) -> str:
    """The last line that a container wrote: its termination message, else its log if the kubelet gives it."""
    if message := (ended.get("message") or "").strip():
        return str(message.splitlines()[-1])
    try:
        log = client.logs(pod["metadata"]["name"], pod["metadata"]["namespace"], container=container, tail=1)
    except KubeError:
        return str(ended.get("reason") or "")
    return log.strip() or str(ended.get("reason") or "")


def last_warning(client: KubeClient, obj: Object) -> str:
    """The newest Warning event about an object: a refused pod, a probe that fails, a volume that is not there."""
    selector = f"involvedObject.uid={obj['metadata']['uid']},type=Warning"
    events = client.list("v1", "Event", obj["metadata"]["namespace"], field_selector=selector)
    newest = max(events, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime")), default=None)
    if newest is None:
        return ""
    return f"{obj['kind'].lower()} {obj['metadata']['name']}: {newest.get('reason')}: {newest.get('message')}"


def _is_of_a_daemon_set(pod: Object) -> bool:
    return any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences") or [])
