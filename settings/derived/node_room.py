"""What a node holds: its vCPUs and memory for pods without GPUs, its GPUs for pods with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from planner.catalog.instances import InstanceType
from settings.models.services.base import Demand, ServiceSettings

_RESERVED_VCPUS = 0.85
"""kubeReserved of EKS's images (0.06 of the first core, 0.0025 of most others) and the requests of the DaemonSets, those of the
CloudWatch add-on too where it is off: it can be turned on while services run."""
_RESERVED_GIB = 2.25
"""kubeReserved of EKS's images (255 MiB and 11 MiB a pod, 110 pods), eviction threshold, the same DaemonSets and the kernel's
share."""
_KARPENTER_SHARE, _KARPENTER_GIB = 0.83, 0.95
Room = tuple[float, float]
"""vCPUs, and GiB of main memory."""


def node_room(machine: InstanceType) -> Room:
    """VCPUs and GiB of main memory that pods can request on a node."""
    return machine.vcpus - _RESERVED_VCPUS, machine.memory_gib - _RESERVED_GIB


def karpenter_room(machine: InstanceType) -> Room:
    """VCPUs and GiB of main memory with which Karpenter still launches a node for pods: less than the node will have.

    Of the memory it takes 7.5 % for the hypervisor (``VM_MEMORY_OVERHEAD_PERCENT``), 255 MiB and 11 MiB for each pod that
    the type's network interfaces have addresses for, 58 to 737, the eviction threshold of 100 MiB and the DaemonSets
    (``pkg/providers/instancetype/types.go`` of aws/karpenter-provider-aws 1.14.1). The line below is at most that for every
    type of the tables.
    """
    return machine.vcpus - _RESERVED_VCPUS, _KARPENTER_SHARE * machine.memory_gib - _KARPENTER_GIB


def holds(machine: InstanceType, demand: Demand, room: Callable[[InstanceType], Room] = node_room) -> bool:
    """Whether a node of a type has what a replica requests."""
    vcpus, memory_gib = room(machine)
    return demand.gpus <= machine.gpus and demand.vcpus <= vcpus and demand.memory_gib <= memory_gib


def least_room(machines: Sequence[InstanceType], room: Callable[[InstanceType], Room] = node_room) -> Room:
    """VCPUs and GiB of main memory that pods can request on a node, whichever of these types it is."""
    vcpus, memory_gib = (min(each) for each in zip(*map(room, machines), strict=True))
    return vcpus, memory_gib


@dataclass(kw_only=True)
class _Node:
    """A node that replicas are placed on."""

    vcpus: float
    """vCPUs that are free."""
    memory_gib: float
    """Main memory that is free, in GiB."""
    alone: set[str]
    """Services that take no second replica here."""

    def takes(self, name: str, demand: Demand) -> bool:
        """Place a replica, if there is room."""
        if name in self.alone or demand.vcpus > self.vcpus or demand.memory_gib > self.memory_gib:
            return False
        self.vcpus -= demand.vcpus
        self.memory_gib -= demand.memory_gib
        if demand.one_per_node:
            self.alone.add(name)
        return True


def nodes_by_cpu(
    machines: Sequence[InstanceType],
    services: Mapping[str, ServiceSettings],
    room: Callable[[InstanceType], Room] = node_room,
) -> int:
    """Nodes of the smallest of these types that hold every replica by vCPUs and memory, the largest placed first."""
    vcpus, memory_gib = least_room(machines, room)
    replicas = [(name, one.demand) for name, one in services.items() for _ in range(one.most_replicas)]
    nodes: list[_Node] = []
    for name, demand in sorted(replicas, key=lambda each: (-each[1].vcpus, -each[1].memory_gib)):
        if not any(node.takes(name, demand) for node in nodes):
            nodes.append(_Node(vcpus=vcpus, memory_gib=memory_gib, alone=set()))
            nodes[-1].takes(name, demand)
    return len(nodes)


def nodes_to_pack(gpus_per_node: int, replicas: Sequence[int]) -> int:
    """Nodes that hold replicas of these GPUs each, the largest placed first; a replica is never split."""
    free: list[int] = []
    for gpus in sorted(replicas, reverse=True):
        for node, left in enumerate(free):
            if left >= gpus:
                free[node] -= gpus
                break
        else:
            free.append(gpus_per_node - gpus)
    return len(free)
