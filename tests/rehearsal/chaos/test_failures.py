"""The failures, over nodes and a watch that are lists."""

from dataclasses import replace

import pytest

from cli.console import UsageError
from rehearsal.aws.karpenter.shortages import Shortage
from rehearsal.chaos.failures import Failures, described
from rehearsal.chaos.fleet import Fleet, FleetNode

SPOT = FleetNode(
    name="ip-10-0-2-254.ec2.internal",
    pool="g5",
    instance="i-1",
    type="g5.xlarge",
    zone="us-east-1a",
    spot=True,
    launched=True,
    failed=False,
)
SYSTEM = FleetNode(
    name="ip-10-0-4-4.ec2.internal",
    pool="system",
    instance="i-2",
    type="m5.xlarge",
    zone="us-east-1b",
    spot=False,
    launched=False,
    failed=False,
)
GROUP = replace(SYSTEM, name="ip-10-0-4-5.ec2.internal", pool="g6", spot=True)


class Nodes(Fleet):
    """A fleet that only notes what is done to it."""

    def __init__(self):
        self.done = []
        self.known = []
        self.running = True

    def nodes(self):
        return [SPOT, SYSTEM, GROUP]

    def warn(self, node):
        self.done.append(("warn", node.name))

    def reclaim(self, node, seconds):
        self.done.append(("reclaim", node.name, seconds))

    def runs(self, node):
        return self.running

    def terminate(self, node):
        self.done.append(("terminate", node.name))

    def fail(self, node):
        self.done.append(("fail", node.name))

    def shortages(self):
        return list(self.known)

    def set_shortages(self, wanted):
        self.known = list(wanted)


class Lines:
    """A watch that only takes notes."""

    def __init__(self, *, ends=True):
        self.lines = []
        self.ends = ends

    def note(self, text):
        self.lines.append(text)

    def look(self):
        pass

    def until(self, done, limit):
        return self.ends


@pytest.fixture
def failures():
    return Failures(Nodes(), Lines(), wait=False)


def test_a_spot_node_is_warned_then_taken_back(failures):
    assert failures.spot_notice("g5", 0.1)
    assert failures.fleet.done == [("warn", SPOT.name), ("terminate", SPOT.name)]
    assert (
        "interruption warning for ip-10-0-2-254.ec2.internal (i-1, g5.xlarge spot in us-east-1a"
        in failures.watch.lines[0]
    )


def test_an_instance_that_karpenter_terminated_is_not_taken_back(failures):
    failures.fleet.running = False
    assert failures.spot_notice("g5", 60)
    assert failures.fleet.done == [("warn", SPOT.name)]


def test_eks_drains_a_spot_node_of_a_node_group(failures):
    assert failures.spot_notice("g6", 60, GROUP.name)
    assert failures.fleet.done == [("warn", GROUP.name), ("reclaim", GROUP.name, 60)]
    assert "EKS cordons the node" in failures.watch.lines[1]


def test_only_spot_instances_are_warned(failures):
    with pytest.raises(UsageError, match="none of its nodes is a spot instance"):
        failures.spot_notice("system", 1)
    with pytest.raises(UsageError, match=f"{SYSTEM.name} is none of its spot nodes"):
        failures.spot_notice("g6", 1, SYSTEM.name)
    with pytest.raises(UsageError, match="no node of that pool runs; pools with nodes: g5, g6, system"):
        failures.spot_notice("x86", 1)


def test_shortages_add_up_and_are_cleared_one_by_one_or_all(failures):
    one, other = Shortage(pool="g5", capacity_type="spot"), Shortage(type="g5.xlarge")
    for shortage in (one, other, one):
        assert failures.no_capacity(shortage)
    assert failures.fleet.known == [one, other]
    assert failures.clear(one)
    assert failures.fleet.known == [other]
    with pytest.raises(UsageError, match="no shortage of every type spot for pool g5 is set; set are: g5"):
        failures.clear(one)
    assert failures.clear(Shortage())
    assert failures.fleet.known == []


def test_a_lost_zone_fails_its_nodes_and_launches_there(failures):
    assert failures.zone_loss("us-east-1a")
    assert failures.fleet.done == [("fail", SPOT.name)]
    assert failures.fleet.known == [Shortage(zone="us-east-1a")]
    with pytest.raises(UsageError, match="no node is there; zones with nodes: us-east-1a, us-east-1b"):
        failures.zone_loss("us-east-1c")


@pytest.mark.parametrize(
    ("shortage", "words"),
    [
        (Shortage(type="g5.xlarge", capacity_type="spot", zone="us-east-1a"), "g5.xlarge spot in us-east-1a"),
        (Shortage(pool="g5"), "every type for pool g5"),
    ],
)
def test_shortages_in_words(shortage, words):
    assert described(shortage) == words


@pytest.mark.parametrize("ends", [True, False])
def test_a_watch_says_that_it_is_over(ends):
    watched = Failures(Nodes(), Lines(ends=ends), wait=True)
    assert watched.node_failure([SPOT]) is ends
    assert ("over: what can run elsewhere is Ready there" in watched.watch.lines) is ends
