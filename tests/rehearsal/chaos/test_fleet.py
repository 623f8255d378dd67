"""The requests that a fleet makes of the node agent and of AWS."""

import json
from types import SimpleNamespace

import httpx
import pytest

from rehearsal.aws.karpenter.shortages import Shortage
from rehearsal.chaos.fleet import Fleet

NODE = {
    "name": "ip-10-0-2-254.ec2.internal",
    "pool": "g5",
    "group": "",
    "instance": "i-1",
    "instance_type": "g5.xlarge",
    "zone": "us-east-1a",
    "capacity_type": "SPOT",
    "failed": False,
}
GROUP = NODE | {"name": "ip-10-0-4-4.ec2.internal", "pool": "", "group": "system", "capacity_type": "ON_DEMAND"}


@pytest.fixture
def requests():
    return []


@pytest.fixture
def fleet(requests):
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path == "/status":
            return httpx.Response(200, json={"nodes": [NODE, GROUP]})
        if request.url.path == "/rehearsal/shortages":
            return httpx.Response(200, json=[{"type": "g5.xlarge"}])
        return httpx.Response(200, text="<instanceState><name>running</name></instanceState>")

    made = Fleet(SimpleNamespace(ports=SimpleNamespace(nodes=1), aws_url="http://127.0.0.1:2"))
    made._http = httpx.Client(transport=httpx.MockTransport(answer))
    return made


def test_nodes_of_node_pools_and_node_groups(fleet):
    launched, grouped = fleet.nodes()
    assert (launched.pool, launched.launched, launched.spot, launched.region) == ("g5", True, True, "us-east-1")
    assert (grouped.pool, grouped.launched, grouped.spot) == ("system", False, False)
    assert fleet.of_pool("system") == [grouped]


def test_a_warning_is_two_events_about_the_instance(fleet, requests):
    fleet.warn(fleet.nodes()[0])
    sent = requests[-1]
    assert sent.headers["X-Amz-Target"] == "AWSEvents.PutEvents"
    assert "/us-east-1/events/" in sent.headers["Authorization"]
    entries = json.loads(sent.content)["Entries"]
    assert [entry["DetailType"] for entry in entries] == [
        "EC2 Instance Rebalance Recommendation",
        "EC2 Spot Instance Interruption Warning",
    ]
    assert json.loads(entries[1]["Detail"]) == {"instance-id": "i-1", "instance-action": "terminate"}


def test_instances_nodes_and_shortages(fleet, requests):
    (node, _) = fleet.nodes()
    assert fleet.runs(node)
    fleet.terminate(node)
    assert b"Action=TerminateInstances" in requests[-1].content
    assert b"InstanceId.1=i-1" in requests[-1].content
    fleet.fail(node)
    assert requests[-1].url.path == "/nodes/ip-10-0-2-254.ec2.internal/fail"
    assert fleet.shortages() == [Shortage(type="g5.xlarge")]
    fleet.set_shortages([Shortage(zone="us-east-1a")])
    assert json.loads(requests[-1].content) == [{"zone": "us-east-1a"}]


def test_a_node_of_a_group_is_taken_back_by_the_agent(fleet, requests):
    fleet.reclaim(fleet.nodes()[1], 45)
    assert (requests[-1].method, requests[-1].url.path) == ("POST", f"/nodes/{GROUP['name']}/reclaim/45")
