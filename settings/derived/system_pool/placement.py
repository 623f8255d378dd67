"""Where the pods of the system pool end up, and what the fullest node then needs.

As the scheduler does by default, each pod goes to the node with the most room (``NodeResourcesFit``, ``LeastAllocated``), the
largest first.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from settings.derived.system_pool.room import Room
from settings.derived.system_pool.workloads import SystemWorkload


class UnplacedError(Exception):
    """A pod finds no node, however large the nodes are: its replicas never share one."""

    def __init__(self, workload: SystemWorkload) -> None:
        """Keep the workload."""
        super().__init__(workload.name)
        self.workload = workload


@dataclass(kw_only=True)
class _Node:
    zone: int
    vcpus: float = 0
    memory_mib: int = 0
    pods: int = 0
    has: Counter[str] = field(default_factory=Counter)

    def add(self, workload: SystemWorkload) -> None:
        self.vcpus += workload.vcpus
        self.memory_mib += workload.memory_mib
        self.pods += 1
        self.has[workload.name] += 1


def needed_on_each(
    nodes: int, zones: int, daemons: Sequence[SystemWorkload], workloads: Sequence[SystemWorkload]
) -> Room:
    """What the fullest of these nodes needs.

    Args:
        nodes: how many there are, spread evenly over the zones, as EKS's Auto Scaling groups do.
        zones: zones of the pool.
        daemons: what runs on each node.
        workloads: what runs beside them.

    Raises:
        UnplacedError: a workload has more replicas than there are nodes for.
    """
    placed = [_Node(zone=number % zones) for number in range(nodes)]
    for node in placed:
        for daemon in daemons:
            node.add(daemon)
    for workload in sorted(workloads, key=lambda one: (-one.vcpus, -one.memory_mib)):
        for _ in range(workload.replicas):
            _choose(placed, workload).add(workload)
    return Room(
        vcpus=max(node.vcpus for node in placed),
        memory_mib=max(node.memory_mib for node in placed),
        pods=max(node.pods for node in placed),
    )


def _choose(nodes: Sequence[_Node], workload: SystemWorkload) -> _Node:
    name = workload.name
    candidates = [node for node in nodes if not (workload.one_per_node and node.has[name])]
    if workload.over_zones:
        held = Counter[int]({node.zone: 0 for node in nodes})
        for node in nodes:
            held[node.zone] += node.has[name]
        candidates = [node for node in candidates if held[node.zone] == min(held.values())]
    if not candidates:
        raise UnplacedError(workload)
    return min(candidates, key=lambda node: (node.vcpus, node.memory_mib))


def without_a_node(nodes: int, workloads: Sequence[SystemWorkload]) -> tuple[SystemWorkload, ...]:
    """What must find room on ``nodes``, when one more is away: replicas that never share a node wait, and so do Jobs."""
    kept = [one for one in workloads if not one.can_wait]
    return tuple(replace(one, replicas=min(one.replicas, nodes)) if one.one_per_node else one for one in kept)
