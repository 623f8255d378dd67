"""Tables of ``rehearse status`` about nodes and what Karpenter waits for."""

import pytest

from rehearsal.commands import cluster
from rehearsal.controlplane.client import KubeClient

CLAIM = {
    "metadata": {
        "name": "g5-abc",
        "creationTimestamp": "2026-11-27T04:00:00Z",
        "labels": {"karpenter.sh/nodepool": "g5"},
    },
    "status": {
        "conditions": [
            {"type": "Launched", "status": "True"},
            {"type": "Registered", "status": "Unknown", "reason": "NodeNotFound", "message": "Node not registered"},
            {"type": "Initialized", "status": "Unknown"},
        ]
    },
}
READY = {"metadata": CLAIM["metadata"], "status": {"conditions": [{"type": kind, "status": "True"} for kind in ("Launched", "Registered", "Initialized")]}}  # fmt: skip
EVENT = {
    "involvedObject": {"name": "g5-xyz"},
    "message": "NodeClaim g5-xyz event: insufficient capacity",
    "lastTimestamp": "2026-11-27T04:00:01Z",
    "count": 2,
}


def node(labels):
    return {
        "metadata": {"name": "n", "labels": labels},
        "status": {"allocatable": {"nvidia.com/gpu": "1"}, "conditions": [{"type": "Ready", "status": "True"}]},
    }


@pytest.fixture
def shown(monkeypatch):
    """Rows of each table, by its first heading."""

    def show(**objects):
        class Client:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def list(self, _version, kind, **_):
                return objects.get(kind, [])

        monkeypatch.setattr(KubeClient, "from_kubeconfig", lambda _: Client())
        tables = cluster.tables(type("Sandbox", (), {"admin_kubeconfig": None}))
        return {
            table.columns[0].header: list(zip(*(column.cells for column in table.columns), strict=True))
            for table in tables
        }

    return show


def test_nodes_of_both_kinds_of_pool(shown):
    karpenters = {
        "karpenter.sh/nodepool": "g5",
        "karpenter.sh/capacity-type": "spot",
        "node.kubernetes.io/instance-type": "g5.xlarge",
        "topology.kubernetes.io/zone": "us-east-1a",
    }
    groups = {"eks.amazonaws.com/nodegroup": "system", "eks.amazonaws.com/capacityType": "ON_DEMAND"}
    assert shown(Node=[node(karpenters), node(groups)])["node"] == [
        ("n", "g5", "g5.xlarge", "spot", "us-east-1a", "1", "True"),
        ("n", "system", "-", "on-demand", "-", "1", "True"),
    ]


def test_a_pending_claim_says_what_it_waits_for(shown):
    assert shown(NodeClaim=[CLAIM, READY])["pending NodeClaim"] == [
        ("g5-abc", "g5", "2026-11-27T04:00:00Z", "Registered", "NodeNotFound: Node not registered")
    ]
    assert shown(NodeClaim=[READY]) == {}


def test_launches_without_capacity(shown):
    assert shown(Event=[EVENT])["launch without capacity"] == [
        ("g5-xyz", "2", "2026-11-27T04:00:01Z", "NodeClaim g5-xyz event: insufficient capacity")
    ]


@pytest.mark.parametrize(("ending", "phase"), [({}, "Running"), ({"deletionTimestamp": "now"}, "Terminating")])
def test_a_pod_that_ends_is_shown_as_kubectl_shows_it(shown, ending, phase):
    pod = {"metadata": {"name": "p", "namespace": "llm", **ending}, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}  # fmt: skip
    assert shown(Pod=[pod])["pod"] == [("llm/p", phase, "-", "n")]
