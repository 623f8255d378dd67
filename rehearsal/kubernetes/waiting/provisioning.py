"""What Karpenter does about a pod that cannot be scheduled: launches a node, has given up, or has not looked yet.

It writes an event on every such pod (sigs.k8s.io/karpenter 1.14.1, controllers/provisioning/scheduling/events.go): `Nominated` with
the NodeClaim that is to take the pod, at most 10 at once and 5 a second; `FailedScheduling` with the reason, the same pod
again after 5 minutes at the earliest. So the last event may be older than what is so now, and NodeClaims count first.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.node_claims import last_seen, launches_without_capacity, node_claims, node_pools, pending_step
from rehearsal.kubernetes.waiting.readiness import Object, is_true

JOINS_WITHIN = 300.0
"""Seconds in which a new node is expected to be there and ready, and Karpenter to have looked at a pod."""
LEFT_OUT_SECONDS = 180.0
"""Seconds for which Karpenter leaves an offering out that lacked capacity (its cache of unavailable offerings)."""
_FAILED, _NOMINATED = "FailedScheduling", "Nominated"
_POOL_LABEL = "karpenter.sh/nodepool"
_LEFT_OUT = "launches no node for a pod that must not run on its nodes"
_CLAIM = re.compile(r"nodeclaim/([^\s,]+)")


@dataclass(frozen=True, kw_only=True)
class Provisioning:
    """What may come of NodePools.

    Attributes:
        claims: Names of the NodeClaims that there are; a change means that Karpenter is at work.
        launching: NodeClaims whose node is not ready yet and still expected.
        said: Karpenter's last word on the pod; empty if it has none.
        undecided: Whether Karpenter is still expected to look at the pod.
    """

    claims: tuple[str, ...] = ()
    launching: tuple[str, ...] = ()
    said: str = ""
    undecided: bool = False

    @property
    def pending(self) -> bool:
        """Whether a node may still come."""
        return bool(self.launching) or self.undecided

    @property
    def why(self) -> str:
        """What Karpenter does or says."""
        if self.launching:
            return f"Karpenter launches a node ({', '.join(self.launching)})"
        if self.said:
            return f"Karpenter: {self.said}"
        return "Karpenter has not looked at it yet" if self.undecided else ""


NOTHING = Provisioning()


def provisioning_for(client: KubeClient, pod: Object) -> Provisioning:
    """What comes of the cluster's NodePools for a pod that the scheduler has no node for; nothing without NodePools."""
    if not node_pools(client):
        return NOTHING
    if _avoids_its_nodes(pod):
        return Provisioning(said=_LEFT_OUT)
    claims = {claim["metadata"]["name"]: claim for claim in node_claims(client)}
    now = dt.datetime.now(dt.UTC)
    selector = f"involvedObject.uid={pod['metadata']['uid']}"
    events = _of_karpenter(client.list("v1", "Event", pod["metadata"]["namespace"], field_selector=selector))
    newest = max(events, key=last_seen, default=None)
    return Provisioning(
        claims=tuple(sorted(claims)),
        launching=tuple(sorted(name for name, claim in claims.items() if _launches(claim, now))),
        said=_word(newest, claims, _refusal(client, pod, now)) if newest else "",
        undecided=newest is None and age(pod, now) < JOINS_WITHIN,
    )


def _avoids_its_nodes(pod: Object) -> bool:
    """Whether Karpenter leaves a pod out, without an event: its own pods, for one.

    It reads the first term of the required node affinity (sigs.k8s.io/karpenter 1.14.1, controllers/provisioning/provisioner.go,
    ``validateKarpenterManagedLabelCanExist``).
    """
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or [{}]
    wanted = terms[0].get("matchExpressions") or []
    return any((one["key"], one["operator"]) == (_POOL_LABEL, "DoesNotExist") for one in wanted)


def age(obj: Object, now: dt.datetime) -> float:
    """Seconds since an object was made."""
    return (now - dt.datetime.fromisoformat(obj["metadata"]["creationTimestamp"])).total_seconds()


def _of_karpenter(events: Iterable[Object]) -> list[Object]:
    return [
        event
        for event in events
        if (event.get("source") or {}).get("component") == "karpenter" and event["reason"] in (_FAILED, _NOMINATED)
    ]


def _launches(claim: Object, now: dt.datetime) -> bool:
    leaves = claim["metadata"].get("deletionTimestamp")
    return not leaves and not is_true(claim, "Ready") and age(claim, now) < JOINS_WITHIN


def _word(event: Object, claims: Mapping[str, Object], refusal: str) -> str:
    """What an event says; of a NodeClaim that was to take the pod and did not, what became of it."""
    message = str(event["message"])
    found = _CLAIM.search(message) if event["reason"] == _NOMINATED else None
    if found is None:
        # With all offerings of a pool left out, Karpenter says only why the other pools do not fit.
        return "; ".join(filter(None, (message, refusal)))
    if found[1] in claims:
        return _state(claims[found[1]]) or message
    return refusal or f"NodeClaim {found[1]} is gone"


def _refusal(client: KubeClient, pod: Object, now: dt.datetime) -> str:
    """What EC2 answered last to a launch of a pool that the pod may use, while Karpenter leaves that offering out."""
    wanted = set((pod["spec"].get("nodeSelector") or {}).values())
    for event in reversed(launches_without_capacity(client)):
        pool = event["involvedObject"]["name"].rpartition("-")[0]
        since = (now - dt.datetime.fromisoformat(last_seen(event))).total_seconds()
        if since < LEFT_OUT_SECONDS and (not wanted or pool in wanted):
            return str(event["message"])
    return ""


def _state(claim: Object) -> str:
    """The step that a NodeClaim waits for; empty once it is initialized."""
    pending = pending_step(claim)
    if pending is None:
        return ""
    step, seen = pending
    return f"NodeClaim {claim['metadata']['name']} is not {step}: {seen.get('message') or seen.get('reason', '')}"
