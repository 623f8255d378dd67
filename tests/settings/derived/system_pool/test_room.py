import pytest

from planner.catalog.instances import instance_type
from settings.derived.system_pool.room import Room, allocatable, most_pods, room


@pytest.mark.parametrize(
    ("name", "pods"),
    # eni-max-pods.txt of awslabs/amazon-eks-ami
    [
        ("t3.medium", 17),
        ("t3.large", 35),
        ("m5.large", 29),
        ("m5.xlarge", 58),
        ("m5.4xlarge", 234),
        ("m5.24xlarge", 737),
    ],
)
def test_pods(name: str, pods: int) -> None:
    assert most_pods(instance_type(name)) == pods


@pytest.mark.parametrize(
    ("name", "vcpus"),
    # kubectl describe node: Allocatable cpu 1930m, 3920m, 15890m
    [("m5.large", 1.93), ("m5.xlarge", 3.92), ("m5.4xlarge", 15.89)],
)
def test_vcpus(name: str, vcpus: float) -> None:
    assert allocatable(instance_type(name)).vcpus == pytest.approx(vcpus)


def test_memory_is_what_is_left_of_kube_reserved_and_eviction() -> None:
    assert allocatable(instance_type("m5.large")).memory_mib == pytest.approx(8192 * 0.925 - 255 - 11 * 29 - 100)


def test_several_types_have_the_least_of_each() -> None:
    least = room([instance_type("m5.xlarge"), instance_type("c5.2xlarge")])
    assert least.vcpus == pytest.approx(0.9 * 3.92)
    assert least.memory_mib == pytest.approx(0.9 * allocatable(instance_type("m5.xlarge")).memory_mib)
    assert least.pods == 58


def test_each_dimension_counts() -> None:
    there = Room(vcpus=1, memory_mib=100, pods=2)
    assert there.holds(there)
    assert not there.holds(Room(vcpus=1.1))
    assert not there.holds(Room(memory_mib=101))
    assert not there.holds(Room(pods=3))
