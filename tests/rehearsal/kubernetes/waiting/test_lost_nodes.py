"""Deletions that wait for pods on nodes whose kubelet no longer answers."""

import datetime as dt
import re
import threading
from typing import Any

import pytest

from rehearsal.kubernetes.waiting import waiter
from rehearsal.kubernetes.waiting.lost_nodes import TAINT, holding
from rehearsal.kubernetes.waiting.readiness import Object
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "llm", "uid": "d"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}},
}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "llm", "uid": "n"}, "spec": {}}
POOL = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "g5", "uid": "p"}, "spec": {}}


def node(name: str, status: str, *, since: float) -> Object:
    moment = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=since)).isoformat()
    ready = {"type": "Ready", "status": status, "lastTransitionTime": moment}
    return {"metadata": {"name": name}, "status": {"conditions": [ready]}}


def pod(*, on: str, ending: bool = True) -> Object:
    metadata = {"name": "web-1", "namespace": "llm"} | ({"deletionTimestamp": "now"} if ending else {})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"nodeName": on}}


class Cluster:
    """What a KubeClient would answer."""

    def __init__(self, nodes: list[Object], pods: list[Object]) -> None:
        self.found = {"Node": nodes, "Pod": pods}

    def list(self, _version: str, kind: str, namespace: str | None = None, *, label_selector: str = "") -> list[Object]:
        assert kind == "Node" or (namespace, label_selector) in {("llm", "app=web"), ("llm", "")}
        return self.found[kind]

    def get(self, *_: Any) -> Object:
        return DEPLOYMENT


LOST = node("ip-10-0-2-4", "Unknown", since=3600)


@pytest.mark.parametrize("live", [DEPLOYMENT, NAMESPACE, pod(on="ip-10-0-2-4")], ids=lambda live: live["kind"])
def test_a_pod_on_a_lost_node_holds_what_waits_for_it(live: Object) -> None:
    others = [node("works", "True", since=3600), node("ip-10-0-2-5", "Unknown", since=3600)]
    text = holding(Cluster([LOST, *others], [pod(on="ip-10-0-2-4")]), live)  # type: ignore[arg-type]
    assert re.match(r"pod llm/web-1 cannot end, for its node ip-10-0-2-4 has not answered for \d{4} s; ", text)
    assert f"kubectl taint node ip-10-0-2-4 ip-10-0-2-5 {TAINT}" in text


@pytest.mark.parametrize(
    ("nodes", "pods", "live"),
    [
        pytest.param([node("n", "Unknown", since=-3600)], [pod(on="n")], DEPLOYMENT, id="the agent may be restarting"),
        pytest.param([node("n", "True", since=94)], [pod(on="n")], DEPLOYMENT, id="the node works"),
        pytest.param([node("n", "False", since=94)], [pod(on="n")], DEPLOYMENT, id="its kubelet answers"),
        pytest.param([LOST, node("n", "True", since=94)], [pod(on="n")], DEPLOYMENT, id="another node is lost"),
        pytest.param([LOST], [pod(on="ip-10-0-2-4", ending=False)], NAMESPACE, id="nothing deletes the pod yet"),
        pytest.param([LOST], [pod(on="ip-10-0-2-4")], POOL, id="Karpenter terminates the node"),
    ],
)
def test_nothing_else_does(nodes: list[Object], pods: list[Object], live: Object) -> None:
    assert holding(Cluster(nodes, pods), live) == ""  # type: ignore[arg-type]


def test_such_a_deletion_ends_early_or_with_real_waits_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiter, "LOST_AFTER", 0.0)
    cluster, kind = Cluster([LOST], [pod(on="ip-10-0-2-4")]), ("apps/v1", "Deployment")

    def held(limits: WaitLimits, timeout: float) -> str:
        return waiter.until_gone(
            cluster,  # type: ignore[arg-type]
            kind,
            "web",
            "llm",
            "d",
            timeout=timeout,
            cancelled=threading.Event(),
            limits=limits,
        )

    assert "outside a rehearsal Pulumi waits 300 s more" in held(WaitLimits(), 300.2)
    assert held(WaitLimits(until_the_limit=True), 0.3).startswith("still there after 0 s; pod llm/web-1 cannot end")
