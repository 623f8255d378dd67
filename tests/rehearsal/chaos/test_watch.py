"""A watch reports changes only, and knows when what failed is replaced."""

from rehearsal.chaos.watch import Watch
from rehearsal.controlplane.errors import NotFoundError, UnreachableError
from rehearsal.kubernetes.waiting import pods

READY = [{"type": "Ready", "status": "True"}]


class Cluster:
    """Objects by kind, as a client lists them."""

    def __init__(self):
        self.objects = {"Node": [], "Pod": [], "NodeClaim": [], "Event": []}
        self.karpenter = True
        self.answers = True

    def list(self, _version, kind, **_):
        if not self.answers:
            raise UnreachableError("no")
        if kind == "NodeClaim" and not self.karpenter:
            raise NotFoundError(404, "NotFound", "no such resource")
        return self.objects.get(kind, [])


def node(name, *, ready=True, taints=()):
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]},
        "status": {"conditions": READY if ready else []},
    }


def pod(name, on=None, *, ready=True, owner="ReplicaSet"):
    return {
        "metadata": {"name": name, "namespace": "llm", "uid": name, "ownerReferences": [{"kind": owner}]},
        "spec": {"nodeName": on} if on else {},
        "status": {"phase": "Running" if on else "Pending", "conditions": READY if ready else []},
    }


def claim(name, *, ready=True):
    conditions = [{"type": "Launched", "status": "True"}, *(READY if ready else [])]
    labels = {"node.kubernetes.io/instance-type": "g5.xlarge", "topology.kubernetes.io/zone": "us-east-1a"}
    return {"metadata": {"name": name, "labels": labels}, "status": {"conditions": conditions}}


def watched(cluster):
    lines = []
    return Watch(cluster, lines.append), lines


def test_what_was_so_before_is_not_reported():
    cluster = Cluster()
    cluster.objects["Node"] = [node("a")]
    watch, lines = watched(cluster)
    watch.look()
    assert lines == []


def test_changes_are_reported_once():
    cluster = Cluster()
    cluster.objects["Node"] = [node("a")]
    watch, _ = watched(cluster)
    cluster.objects["Node"] = [node("a", ready=False, taints=["karpenter.sh/disrupted"]), node("b")]
    cluster.objects["NodeClaim"] = [claim("c")]
    cluster.objects["Event"] = [{"message": "NodeClaim d event: creating instance, no capacity"}]
    watch.look()
    watch.look()
    cluster.objects["Node"] = [node("b")]
    watch.look()
    assert sorted(text for _, text in watch.changes) == [
        "NodeClaim c appears",
        "NodeClaim c: Ready",
        "NodeClaim c: launched g5.xlarge in us-east-1a",
        "NodeClaim d event: creating instance, no capacity",
        "node a is gone",
        "node a: not Ready",
        "node a: taint karpenter.sh/disrupted:NoSchedule",
        "node b appears",
        "node b: Ready",
    ]


def test_an_api_server_that_does_not_answer_changes_nothing():
    cluster = Cluster()
    watch, lines = watched(cluster)
    cluster.answers = False
    watch.look()
    assert (lines, watch.replaced(()), watch.moved(())) == ([], False, False)


def test_replaced_means_gone_and_everything_ready():
    cluster = Cluster()
    cluster.karpenter = False
    watch, _ = watched(cluster)
    assert watch.replaced(["a"])
    cluster.objects["Node"] = [node("a")]
    assert not watch.replaced(["a"])
    cluster.objects["Node"] = [node("b")]
    cluster.objects["Pod"] = [pod("p", "b", ready=False)]
    assert not watch.replaced(["a"])
    cluster.objects["Pod"] = [pod("p", "b")]
    cluster.karpenter = True
    cluster.objects["NodeClaim"] = [claim("c", ready=False)]
    assert not watch.replaced(["a"])
    cluster.objects["NodeClaim"] = [claim("c")]
    assert watch.replaced(["a"])


def test_moved_leaves_pods_of_daemon_sets_out():
    cluster = Cluster()
    watch, _ = watched(cluster)
    cluster.objects["Pod"] = [pod("plugin", "a", ready=False, owner="DaemonSet"), pod("p", "a")]
    assert not watch.moved({"a"})
    cluster.objects["Pod"][1] = pod("q")
    cluster.objects["Pod"][1]["status"]["conditions"] = []
    assert not watch.moved({"a"})
    cluster.objects["Pod"][1] = pod("q", "b")
    assert watch.moved({"a"})


def test_a_pod_that_was_not_ready_before_is_not_waited_for():
    cluster = Cluster()
    cluster.objects["Pod"] = [pod("broken", "a", ready=False)]
    watch, _ = watched(cluster)
    assert watch.replaced(())
    assert watch.moved({"b"})


def test_a_pod_that_no_node_can_take_is_reported_and_not_waited_for(monkeypatch):
    """Its node group brings no other node."""
    monkeypatch.setattr(pods, "UNSCHEDULABLE_AFTER", 0.0)
    cluster = Cluster()
    cluster.objects["Node"] = [node("a"), node("b")]
    watch, _ = watched(cluster)
    left = pod("old", "b")
    cluster.objects["Pod"] = [left, pod("new", ready=False)]
    assert not watch.moved({"b"})
    left["metadata"]["deletionTimestamp"] = "now"
    assert not watch.moved({"b"}), "nothing says yet that the new one cannot run"
    refused = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "one a node"}
    cluster.objects["Pod"][1]["status"]["conditions"] = [refused]
    assert watch.moved({"b"})
    assert watch.changes[-1][1] == "pod new cannot be scheduled: one a node"
