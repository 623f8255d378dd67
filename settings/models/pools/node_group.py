"""Settings of the pools that are managed node groups: a number of nodes, which the settings decide."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from settings.models.node_release import NodeRelease
from settings.models.pools.nodes import InstanceTypes, Nodes, WithGpus, WithoutGpus

MOST_TYPES = 20
"""Instance types of a managed node group (Amazon EKS API Reference, CreateNodegroup, ``instanceTypes``)."""
UpdateStrategy = Literal["minimal", "default"]
_KARPENTER_ONLY = "is of a Karpenter pool, and this is a node group: set provisioner: karpenter, or"


class NodeGroup(Nodes):
    """A pool whose nodes an EKS managed node group launches."""

    of_others: ClassVar = {
        "limits": f"{_KARPENTER_ONLY} use min and max",
        "capacity_types": f"{_KARPENTER_ONLY} use capacity",
        "consolidation": f"{_KARPENTER_ONLY} omit it",
        "expire_after_hours": f"{_KARPENTER_ONLY} omit it",
        "termination_grace_seconds": f"{_KARPENTER_ONLY} omit it",
        "capacity_reservations": f"{_KARPENTER_ONLY} omit it",
    }
    provisioner: Literal["node_group"] = "node_group"
    """What launches its nodes: an EKS managed node group."""
    instance_types: InstanceTypes
    """EC2 instance types; more than one gives spot more to choose from, all with equally many GPUs."""
    capacity: Literal["on_demand", "spot"] = "on_demand"
    """On-demand, or spot: cheaper, and taken back with two minutes' notice."""
    min: int = Field(default=0, ge=0)
    """Nodes it always runs."""
    max: int = Field(ge=1, le=450)
    """Nodes it may run at most."""
    node_release: NodeRelease | None = None
    """AMI release of this pool; default `cluster.node_release`."""
    update_strategy: UpdateStrategy = "default"
    """How EKS replaces nodes: default launches up to twice the pool's zones more nodes first, minimal drains a node before
    it launches the next."""

    @model_validator(mode="after")
    def _few_types(self) -> Self:
        if len(self.instance_types) > MOST_TYPES:
            raise ValueError(
                f"instance_types has {len(self.instance_types)}, and a node group takes {MOST_TYPES}: omit some"
            )
        return self

    @model_validator(mode="after")
    def _min_not_above_max(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}: raise max or lower min")
        return self


class SystemPool(WithoutGpus, NodeGroup):
    """Nodes for the cluster's own workloads; there is exactly one such pool, and it is always a node group."""

    kind: Literal["system"]
    """Kind of the pool."""
    min: int = Field(default=2, ge=2)
    """Nodes it always runs; two, so that CoreDNS and the controllers outlive one node."""


class CpuPool(WithoutGpus, NodeGroup):
    """Nodes without GPUs for other workloads."""

    kind: Literal["cpu"]
    """Kind of the pool."""


class GpuPool(WithGpus, NodeGroup):
    """Nodes with NVIDIA GPUs; their number follows from the services that request GPUs."""

    kind: Literal["gpu"]
    """Kind of the pool."""
    update_strategy: UpdateStrategy = "minimal"
    """How EKS replaces nodes: minimal drains a node before it launches the next and needs no GPUs beyond the pool's,
    default launches up to twice the pool's zones more nodes first."""

    @model_validator(mode="after")
    def _equal_gpus(self) -> Self:
        gpus = {machine.name: machine.gpus for machine in self.machines}
        if len(set(gpus.values())) > 1:
            listed = ", ".join(f"{name} has {count}" for name, count in gpus.items())
            raise ValueError(
                f"instance types with unequal GPUs ({listed}): make a pool of each, or set provisioner: karpenter"
            )
        return self
