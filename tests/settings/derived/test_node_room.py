"""What a node holds."""

import pytest

from planner.catalog.instances import instance_type, instance_types
from planner.memory.host import POD_SHARE
from settings.derived.node_room import holds, karpenter_room, node_room
from settings.derived.system_pool.workloads import on_each_node
from settings.models.monitoring import MonitoringSettings
from settings.models.services.base import Demand

DAEMON_SETS = on_each_node(node_repair=True, monitoring=MonitoringSettings())
ON_GPU_NODES_VCPUS, ON_GPU_NODES_GIB = 0.1, 192 / 1024
"""The NVIDIA device plugin and the DCGM exporter."""

# Pods that the interfaces have addresses for: interfaces x (addresses of each - 1) + 2, of zz_generated.vpclimits.go of
# aws/karpenter-provider-aws 1.14.1.
PODS = {
    "c5.xlarge": 58,
    "c6i.2xlarge": 58,
    "c6i.4xlarge": 234,
    "c6i.16xlarge": 737,
    "m5.xlarge": 58,
    "g5.xlarge": 58,
    "g5.12xlarge": 737,
    "g7.4xlarge": 506,
}


@pytest.mark.parametrize(("name", "pods"), PODS.items())
def test_karpenter_launches_a_node_for_what_is_said_to_fit(name: str, pods: int) -> None:
    machine = instance_type(name)
    allocatable = machine.memory_gib * (1 - 0.075) - (255 + 11 * pods) / 1024 - 100 / 1024
    daemon_sets = sum(one.memory_mib for one in DAEMON_SETS) / 1024 + ON_GPU_NODES_GIB
    assert karpenter_room(machine)[1] <= allocatable - daemon_sets


def test_the_daemon_sets_and_the_kubelet_of_a_node_of_16_vcpus_are_within_what_is_kept() -> None:
    machine = instance_type("g5.4xlarge")
    kubelet = 0.06 + 0.01 + 2 * 0.005 + 12 * 0.0025
    daemon_sets = sum(one.vcpus for one in DAEMON_SETS) + ON_GPU_NODES_VCPUS
    assert {"cloudwatch-agent", "fluent-bit"} <= {one.name for one in DAEMON_SETS}
    assert node_room(machine)[0] <= machine.vcpus - kubelet - daemon_sets


def test_a_replica_s_share_of_its_gpus_is_always_within_it() -> None:
    for machine in instance_types().values():
        if machine.gpus:
            assert machine.memory_gib * POD_SHARE <= karpenter_room(machine)[1], machine.name
            assert machine.vcpus * POD_SHARE <= karpenter_room(machine)[0], machine.name


def test_a_replica_is_held_by_gpus_vcpus_and_memory() -> None:
    machine = instance_type("g5.xlarge")
    assert holds(machine, Demand(gpus=1, vcpus=3, memory_gib=13.5))
    assert not holds(machine, Demand(gpus=1, vcpus=3, memory_gib=13.5), karpenter_room)
    assert not holds(machine, Demand(gpus=2))
    assert not holds(machine, Demand(vcpus=4))
    assert node_room(machine) == (3.15, 13.75)
