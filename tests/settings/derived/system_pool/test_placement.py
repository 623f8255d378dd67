import pytest

from settings.derived.system_pool.placement import UnplacedError, needed_on_each, without_a_node
from settings.derived.system_pool.room import Room
from settings.derived.system_pool.workloads import COREDNS, KARPENTER, KUBE_PROXY, MIRROR_JOB, SystemWorkload


def pods(replicas: int, vcpus: float, *, alone: bool = False, zones: bool = False) -> SystemWorkload:
    return SystemWorkload(
        name="x", replicas=replicas, vcpus=vcpus, memory_mib=100, one_per_node=alone, over_zones=zones
    )


def test_daemons_are_on_each_node() -> None:
    assert needed_on_each(3, 3, [KUBE_PROXY], []) == Room(vcpus=0.1, memory_mib=0, pods=1)


def test_pods_go_to_the_node_with_the_most_room() -> None:
    assert needed_on_each(2, 2, [], [pods(4, 0.5)]) == Room(vcpus=1, memory_mib=200, pods=2)
    assert needed_on_each(3, 3, [], [pods(4, 0.5)]).vcpus == 1


def test_replicas_that_never_share_a_node_need_one_each() -> None:
    assert needed_on_each(2, 2, [], [pods(2, 1, alone=True)]).pods == 1
    with pytest.raises(UnplacedError) as caught:
        needed_on_each(2, 2, [], [pods(3, 1, alone=True)])
    assert caught.value.workload.replicas == 3


def test_a_hard_spread_over_zones_overrules_room() -> None:
    # Nodes 0 and 2 are in one zone: without the spread each of four pods had a third of the nodes.
    assert needed_on_each(3, 2, [], [pods(6, 1)]).vcpus == 2
    assert needed_on_each(3, 2, [], [pods(6, 1, zones=True)]).vcpus == 3


def test_in_one_zone_a_spread_over_zones_holds_whatever_the_nodes() -> None:
    assert needed_on_each(2, 1, [], [KARPENTER]).vcpus == 1


def test_with_a_node_away_jobs_and_replicas_that_never_share_one_wait() -> None:
    left = without_a_node(1, [COREDNS, KARPENTER, MIRROR_JOB])
    assert [(one.name, one.replicas) for one in left] == [("coredns", 2), ("karpenter", 1)]
    assert needed_on_each(1, 2, [], left).vcpus == pytest.approx(1.2)
