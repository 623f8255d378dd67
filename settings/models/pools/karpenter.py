"""Settings of the pools that Karpenter launches nodes for: no node without a pod that needs it, and at most the limits.

Names, defaults and bounds are those of Karpenter's NodePool and EC2NodeClass: https://karpenter.sh/docs/concepts/.
"""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.shown import as_yaml
from settings.models.base import SettingsModel, Text, matching
from settings.models.pools.nodes import InstanceTypes, Nodes, WithGpus, WithoutGpus

CapacityType = Literal["reserved", "spot", "on_demand"]
_LIMITS = "is of a node group, and a Karpenter pool has no nodes while no pod needs one: use"


def _some_capacity(types: tuple[str, ...]) -> tuple[str, ...]:
    if not types:
        raise ValueError("is empty: name on_demand, spot or reserved, or omit it")
    if len(set(types)) != len(types):
        raise ValueError("names a capacity type twice: name each once")
    return types


def _once(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) != len(ids):
        raise ValueError("names a capacity reservation twice: name each once")
    return ids


CapacityReservationId = Annotated[
    Text,
    AfterValidator(matching(r"cr-[0-9a-f]{8,17}", "is not a capacity reservation: write its id, cr-0123456789abcdef0")),
]


class Consolidation(SettingsModel):
    """When Karpenter removes nodes that are not needed."""

    policy: Literal["WhenEmpty", "WhenEmptyOrUnderutilized"]
    """WhenEmpty removes nodes without pods; WhenEmptyOrUnderutilized also moves pods to fewer or cheaper nodes, one node at a time."""
    after_seconds: int = Field(default=300, ge=0, le=86_400)
    """Seconds without a change of its pods before a node counts."""


class GpuLimits(SettingsModel):
    """The most that a gpu pool launches."""

    gpus: int = Field(ge=1, le=4096)
    """GPUs of all its nodes together; many pods at once can overshoot it by a batch of nodes."""


class CpuLimits(SettingsModel):
    """The most that a cpu pool launches."""

    vcpus: int = Field(ge=2, le=65_536)
    """vCPUs of all its nodes together; many pods at once can overshoot it by a batch of nodes."""


class KarpenterPool(Nodes):
    """A pool whose nodes Karpenter launches when pods need them, and removes after."""

    of_others: ClassVar = {
        "capacity": "is of a node group: write capacity_types, such as [spot, on_demand]",
        "node_release": "is of a node group: nodes of Karpenter have the release of cluster.node_release; omit it here",
        "update_strategy": "is of a node group: Karpenter replaces one node after the other; omit it",
    }
    provisioner: Literal["karpenter"]
    """What launches its nodes: Karpenter."""
    instance_types: InstanceTypes
    """EC2 instance types to choose from, of any size; several make it likelier that one is free."""
    capacity_types: Annotated[tuple[CapacityType, ...], AfterValidator(_some_capacity)] = ("on_demand",)
    """Any of reserved, spot and on_demand; Karpenter tries reserved first, then spot, then on_demand."""
    consolidation: Consolidation | None = None
    """When nodes are removed; default WhenEmpty after 600 seconds where protect is true, else WhenEmptyOrUnderutilized
    after 300."""
    expire_after_hours: int = Field(default=720, ge=1, le=8760)
    """Hours after which a node is replaced, for a fresh AMI."""
    termination_grace_seconds: int = Field(default=1800, ge=60, le=86_400)
    """Seconds that pods have to leave a node that goes; then they are ended whatever their disruption budget says."""
    capacity_reservations: Annotated[tuple[CapacityReservationId, ...], AfterValidator(_once)] = ()
    """Ids of On-Demand Capacity Reservations it may use; needs reserved in capacity_types."""

    @model_validator(mode="after")
    def _reservations_with_reserved(self) -> Self:
        if "reserved" in self.capacity_types and not self.capacity_reservations:
            raise ValueError(
                "capacity_types has reserved without capacity_reservations: name the ids, [cr-0123456789abcdef0], or omit reserved"
            )
        if self.capacity_reservations and "reserved" not in self.capacity_types:
            listed = as_yaml(["reserved", *self.capacity_types])
            raise ValueError(f"capacity_reservations are used only with reserved: set capacity_types: {listed}")
        return self

    @property
    def capacity(self) -> Literal["on_demand", "spot"]:
        """Spot where any of its nodes may be."""
        return "spot" if "spot" in self.capacity_types else "on_demand"

    def consolidates(self, *, protect: bool) -> Consolidation:
        """When its nodes are removed, on a stack with this ``protect``."""
        if self.consolidation:
            return self.consolidation
        return _WHEN_EMPTY if protect else _WHEN_UNDERUTILIZED


_WHEN_EMPTY = Consolidation(policy="WhenEmpty", after_seconds=600)
_WHEN_UNDERUTILIZED = Consolidation(policy="WhenEmptyOrUnderutilized", after_seconds=300)


class KarpenterGpuPool(WithGpus, KarpenterPool):
    """Nodes with NVIDIA GPUs that Karpenter launches; their types may differ in size and number of GPUs."""

    of_others: ClassVar = {
        **KarpenterPool.of_others,
        "min": f"{_LIMITS} limits: {{gpus: 4}}",
        "max": f"{_LIMITS} limits: {{gpus: 4}}",
    }
    kind: Literal["gpu"]
    """Kind of the pool."""
    limits: GpuLimits
    """The most it launches, such as {gpus: 4}."""


class KarpenterCpuPool(WithoutGpus, KarpenterPool):
    """Nodes without GPUs that Karpenter launches."""

    of_others: ClassVar = {
        **KarpenterPool.of_others,
        "min": f"{_LIMITS} limits: {{vcpus: 32}}",
        "max": f"{_LIMITS} limits: {{vcpus: 32}}",
    }
    kind: Literal["cpu"]
    """Kind of the pool."""
    limits: CpuLimits
    """The most it launches, such as {vcpus: 32}."""
