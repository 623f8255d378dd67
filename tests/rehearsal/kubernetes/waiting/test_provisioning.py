"""What may come of Karpenter's NodePools for a pod that has no node, from objects as Karpenter 1.14.1 writes them."""

import datetime as dt
from typing import Any

import pytest

from rehearsal.kubernetes.waiting.pods import PodWatch
from rehearsal.kubernetes.waiting.provisioning import NOTHING, provisioning_for
from rehearsal.kubernetes.waiting.readiness import Object

LIMIT = 'Failed to schedule pod, all available instance types exceed limits for nodepool: "g5"'
REFUSED = "NodeClaim g5-a event: creating instance, insufficient capacity, with fleet error(s), no capacity"


def made(seconds_ago: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds_ago)).isoformat()


def pending(*, age: float = 5) -> Object:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/2 nodes are available.",
    }
    metadata = {"name": "p", "namespace": "llm", "uid": "p", "creationTimestamp": made(age)}
    return {"kind": "Pod", "metadata": metadata, "spec": {}, "status": {"conditions": [condition]}}


def claim(name: str, *, age: float = 5, **conditions: str) -> Object:
    shown = [{"type": kind, "status": status, "message": f"{kind} waits"} for kind, status in conditions.items()]
    return {"metadata": {"name": name, "creationTimestamp": made(age)}, "status": {"conditions": shown}}


def said(reason: str, message: str, *, at: int = 0, of: str = "p", component: str = "karpenter") -> Object:
    return {
        "involvedObject": {"name": of},
        "source": {"component": component},
        "reason": reason,
        "message": message,
        "lastTimestamp": f"2026-11-27T08:00:{at:02}Z",
    }


class Cluster:
    """What a KubeClient would answer: NodePools, NodeClaims and events."""

    def __init__(self, *events: Object, claims: tuple[Object, ...] = (), pools: int = 1) -> None:
        self.events, self.claims, self.pools = list(events), list(claims), [{}] * pools

    def list(
        self, _version: str, kind: str, _namespace: str | None = None, *, field_selector: str = ""
    ) -> list[Object]:
        if kind == "Event":
            about = "p" if "uid=p" in field_selector else None
            return [one for one in self.events if (one["involvedObject"]["name"] == "p") == (about == "p")]
        return {"NodePool": self.pools, "NodeClaim": self.claims}.get(kind, [])


def outlook(*events: Object, age: float = 5, **cluster: Any) -> tuple[bool, str]:
    found = provisioning_for(Cluster(*events, **cluster), pending(age=age))  # type: ignore[arg-type]
    return found.pending, found.why


def test_without_a_node_pool_nothing_comes() -> None:
    assert provisioning_for(Cluster(pools=0), pending()) == NOTHING  # type: ignore[arg-type]
    assert (NOTHING.pending, NOTHING.why) == (False, "")


def test_karpenter_is_given_time_to_look_at_the_pod() -> None:
    assert outlook() == (True, "Karpenter has not looked at it yet")
    assert outlook(age=301) == (False, "")


@pytest.mark.parametrize(("operator", "pending_still"), [("DoesNotExist", False), ("Exists", True)])
def test_karpenter_is_not_waited_for_where_a_pod_must_not_run_on_its_nodes(
    operator: str, *, pending_still: bool
) -> None:
    """As Karpenter's own pods, and those of CoreDNS beside its pools: it writes no event on them."""
    pod = pending()
    term = {"matchExpressions": [{"key": "karpenter.sh/nodepool", "operator": operator}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    pod["spec"]["affinity"] = {"nodeAffinity": required}
    found = provisioning_for(Cluster(), pod)  # type: ignore[arg-type]
    assert found.pending is pending_still
    assert ("launches no node" in found.why) is not pending_still


def test_the_schedulers_own_event_is_not_karpenters() -> None:
    assert outlook(said("FailedScheduling", "0/2 nodes", component="default-scheduler"))[0]


def test_a_node_claim_that_is_launching_is_waited_for() -> None:
    launching = claim("g5-a", Launched="True", Registered="Unknown")
    nominated = said("Nominated", "Pod should schedule on: nodeclaim/g5-a")
    assert outlook(nominated, claims=(launching,)) == (True, "Karpenter launches a node (g5-a)")
    # The event of a second failure is left out for 5 minutes, so the launch counts more than the word.
    assert outlook(said("FailedScheduling", LIMIT), claims=(launching,))[0]


def test_a_node_claim_that_does_not_get_ready_is_the_reason() -> None:
    old = claim("g5-a", age=301, Launched="True", Registered="Unknown")
    nominated = said("Nominated", "Pod should schedule on: nodeclaim/g5-a, node/ip-10-0-2-4")
    assert outlook(nominated, claims=(old,)) == (False, "Karpenter: NodeClaim g5-a is not Registered: Registered waits")


@pytest.mark.parametrize("ready", [True, False])
def test_one_that_is_ready_or_leaves_brings_nothing_more(*, ready: bool) -> None:
    there = claim("g5-a", Launched="True", Registered="True", Initialized="True", Ready=str(ready))
    there["metadata"] |= {} if ready else {"deletionTimestamp": made(1)}
    assert not outlook(said("Nominated", "Pod should schedule on: nodeclaim/g5-a"), claims=(there,))[0]


def test_the_newest_word_counts() -> None:
    nominated = said("Nominated", "Pod should schedule on: nodeclaim/g5-a", at=3)
    assert outlook(nominated, said("FailedScheduling", LIMIT, at=9)) == (False, f"Karpenter: {LIMIT}")
    assert outlook(said("FailedScheduling", LIMIT, at=1), nominated) == (False, "Karpenter: NodeClaim g5-a is gone")


def refused(pool: str, *, ago: float = 30) -> Object:
    event = said("InsufficientCapacityError", REFUSED, of=f"{pool}-a")
    return event | {"lastTimestamp": made(ago)}


def test_a_launch_without_capacity_is_the_reason_of_a_claim_that_is_gone() -> None:
    nominated = said("Nominated", "Pod should schedule on: nodeclaim/g5-a")
    assert outlook(nominated, refused("g5")) == (False, f"Karpenter: {REFUSED}")


@pytest.mark.parametrize(
    ("pool", "ago", "shown"),
    [
        pytest.param("g5", 30, True, id="its pool lacks capacity"),
        pytest.param("x86", 30, False, id="another pool does"),
        pytest.param("g5", 181, False, id="tried again since"),
    ],
)
def test_a_pool_whose_offerings_are_all_left_out_is_named(pool: str, ago: float, *, shown: bool) -> None:
    """Karpenter's own event is only about the pools that do not fit."""
    event = refused(pool, ago=ago)
    other = "Failed to schedule pod, incompatible requirements, key llm-platform/pool"
    pod = pending() | {"spec": {"nodeSelector": {"llm-platform/pool": "g5"}}}
    why = provisioning_for(Cluster(said("FailedScheduling", other), event), pod).why  # type: ignore[arg-type]
    assert why == f"Karpenter: {other}" + (f"; {REFUSED}" if shown else "")


def test_a_wait_lasts_as_long_as_a_node_may_come_and_ends_with_karpenters_reason() -> None:
    now = [0.0]
    watch = PodWatch(clock=lambda: now[0])
    cluster = Cluster(claims=(claim("g5-a", Launched="Unknown"),))

    def final(at: float) -> bool:
        now[0] = at
        return watch.trouble(cluster, [pending()])[1]  # type: ignore[arg-type]

    assert not final(0)
    assert not final(200)
    cluster.claims, cluster.events = [], [said("FailedScheduling", LIMIT)]
    assert not final(210)  # the NodeClaim went: Karpenter may launch another
    assert not final(229)
    assert final(230)
    text, _ = watch.trouble(cluster, [pending()])  # type: ignore[arg-type]
    assert text == f"pod p cannot be scheduled: 0/2 nodes are available.; Karpenter: {LIMIT}"
