"""A watch of what follows a failure: each change of the cluster, with the seconds since the failure."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from rehearsal.chaos.cluster_facts import facts, name_of
from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import KubeError
from rehearsal.kubernetes.node_claims import node_claims
from rehearsal.kubernetes.waiting.pods import PodWatch
from rehearsal.kubernetes.waiting.readiness import Object, is_true

_POLL_SECONDS = 0.5
_EXISTS = ": exists"
Report = Callable[[str], None]


@dataclass
class Watch:
    """What changed since it was made.

    Attributes:
        client: The sandbox's Kubernetes API.
        report: Gets a line for every change.
        changes: Seconds and text of every change, oldest first.
    """

    client: KubeClient
    report: Report
    changes: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take what is so now as known."""
        self._begun = time.monotonic()
        self._troubles = PodWatch()
        self._known = set(facts(self.client))
        # What did not get ready before need not get ready now.
        self._not_ready = {name_of(pod) for pod in self.client.list("v1", "Pod") if _waits(pod)}

    @property
    def seconds(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._begun

    def note(self, text: str) -> None:
        """Add a line that is not about the cluster."""
        self.changes.append((self.seconds, text))
        self.report(f"{self.seconds:6.1f} s  {text}")

    def look(self) -> None:
        """Report what is new; an API server that does not answer changes nothing."""
        try:
            now = facts(self.client)
        except KubeError:
            return
        for fact in now:
            if fact not in self._known:
                self.note(fact.removesuffix(_EXISTS) + " appears" if fact.endswith(_EXISTS) else fact)
        for fact in self._known - set(now):
            if fact.endswith(_EXISTS):
                self.note(fact.removesuffix(_EXISTS) + " is gone")
            elif fact.startswith("node ") and fact.endswith(": Ready") and fact.replace(": Ready", _EXISTS) in now:
                self.note(fact.replace(": Ready", ": not Ready"))
        self._known = set(now)

    def until(self, done: Callable[[], bool], limit: float) -> bool:
        """Look again and again until ``done``, at most so many seconds more; return whether it was."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            self.look()
            if done():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def replaced(self, nodes: Collection[str]) -> bool:
        """Return whether nodes are gone, every NodeClaim is ready and every pod that can run is Ready."""
        try:
            present = {node["metadata"]["name"] for node in self.client.list("v1", "Node")}
            waiting = self._waiting(self.client.list("v1", "Pod"))
            return (
                not present & set(nodes)
                and not waiting
                and all(is_true(claim, "Ready") for claim in node_claims(self.client))
            )
        except KubeError:
            return False

    def moved(self, nodes: Collection[str]) -> bool:
        """Return whether no pod that a controller replaces is left on nodes, and every pod elsewhere is Ready.

        One that no node can take, such as the second of two that must not share a node, is reported and not waited for.
        """
        try:
            pods = [pod for pod in self.client.list("v1", "Pod") if not _of_daemon_set(pod)]
            elsewhere = self._waiting([pod for pod in pods if pod["spec"].get("nodeName") not in nodes])
            troubles = [self._troubles.trouble(self.client, [pod]) for pod in elsewhere]
        except KubeError:
            return False
        left = [
            pod for pod in pods if pod["spec"].get("nodeName") in nodes and not pod["metadata"].get("deletionTimestamp")
        ]
        if left or not all(final for _, final in troubles):
            return False
        for text, _ in troubles:
            self.note(text)
        return True

    def _waiting(self, pods: list[Object]) -> list[Object]:
        return [pod for pod in pods if _waits(pod) and name_of(pod) not in self._not_ready]


def _of_daemon_set(pod: Object) -> bool:
    return any(owner["kind"] == "DaemonSet" for owner in pod["metadata"].get("ownerReferences", []))


def _waits(pod: Object) -> bool:
    return pod["status"].get("phase") not in {"Succeeded", "Failed"} and not is_true(pod, "Ready")
