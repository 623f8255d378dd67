"""What pods can request on a node, exactly as EKS's images reserve it; :mod:`settings.derived.node_room` has a rough figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from planner.catalog.instances import InstanceType
from settings.derived.node_addresses import addresses_an_interface

MARGIN = 0.1
"""Share of a node that is left free: add-ons move with AWS's versions, and ``kubectl debug`` and rollouts need a pod's room."""
_OVERHEAD = 0.075
"""Memory that the hypervisor and the kernel keep, at most: vmMemoryOverheadPercent of Karpenter's chart."""
_EVICTION_MIB = 100
"""kubelet's evictionHard of EKS's images."""
_INTERFACES = ((2, 3), (8, 4), (48, 8))
_MOST_INTERFACES = 15
"""Network interfaces of types without GPUs by vCPUs (instance-info.jsonl of awslabs/amazon-eks-ami, 2026-07-23)."""
_RESERVED = ((1, 0.06), (2, 0.01), (4, 0.005), (float("inf"), 0.0025))
"""Up to which core what share of it is kubeReserved (getCPUMillicoresToReserve in nodeadm of awslabs/amazon-eks-ami)."""
_MIB_PER_GIB = 1024


@dataclass(frozen=True, kw_only=True)
class Room:
    """VCPUs, memory and pods: of a node, or what is requested of it."""

    vcpus: float = 0
    """vCPUs."""
    memory_mib: float = 0
    """Memory in MiB."""
    pods: int = 0
    """Pods."""

    def __str__(self) -> str:
        """Write it as a message has it."""
        return f"{self.vcpus:.2f} vCPUs, {self.memory_mib / _MIB_PER_GIB:.1f} GiB and {self.pods} pods"

    def holds(self, other: "Room") -> bool:
        """Whether ``other`` fits in here."""
        enough = other.vcpus <= self.vcpus and other.memory_mib <= self.memory_mib
        return enough and other.pods <= self.pods


def most_pods(machine: InstanceType) -> int:
    """Pods of a node of a type without GPUs: each has an address of its own (calculateStandardMaxPods in nodeadm)."""
    interfaces = next((count for vcpus, count in _INTERFACES if machine.vcpus <= vcpus), _MOST_INTERFACES)
    return interfaces * (addresses_an_interface(machine) - 1) + 2


def allocatable(machine: InstanceType) -> Room:
    """What all pods of a node can request: its capacity without kubeReserved and the eviction threshold."""
    pods = most_pods(machine)
    reserved, below = 0.0, 0.0
    for upto, share in _RESERVED:
        reserved += max(0.0, min(machine.vcpus, upto) - below) * share
        below = upto
    memory = machine.memory_gib * _MIB_PER_GIB * (1 - _OVERHEAD) - (255 + 11 * pods) - _EVICTION_MIB
    return Room(vcpus=machine.vcpus - reserved, memory_mib=memory, pods=pods)


def room(machines: Sequence[InstanceType]) -> Room:
    """What is planned with, of whichever of these types a node is."""
    rooms = [allocatable(machine) for machine in machines]
    return Room(
        vcpus=(1 - MARGIN) * min(one.vcpus for one in rooms),
        memory_mib=(1 - MARGIN) * min(one.memory_mib for one in rooms),
        pods=min(one.pods for one in rooms),
    )
