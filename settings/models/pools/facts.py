"""What a service must know of a pool."""

from typing import Literal

from planner.catalog.instances import InstanceType, instance_type
from settings.models.base import SettingsModel
from settings.models.pools.node_group import UpdateStrategy
from settings.models.pools.nodes import PoolKind, Provisioner, Taint


class PoolFacts(SettingsModel):
    """What a service must know of a pool; exported by the platform stack, so plain data only."""

    kind: PoolKind
    """Kind of the pool."""
    provisioner: Provisioner = "node_group"
    """What launches its nodes; a platform that was deployed before Karpenter has node groups only."""
    instance_types: tuple[str, ...]
    """EC2 instance types its nodes may be."""
    gpus_per_node: int
    """GPUs of each node; of a Karpenter pool, of its largest type."""
    capacity: Literal["on_demand", "spot"] = "on_demand"
    """On-demand, or spot; of a Karpenter pool, spot where any node may be."""
    desired: int
    """Nodes it runs; of a Karpenter pool, those that the platform's own services need, an estimate."""
    max: int
    """Nodes it may run; of a Karpenter pool, as many of the smallest type as its limits allow and one largest."""
    labels: dict[str, str]
    """Labels of its nodes."""
    taints: tuple[Taint, ...]
    """Taints of its nodes."""
    team_gpus: int = 0
    """GPUs it keeps for team stacks."""
    spare_gpus: int = 0
    """GPUs that one more replica is sure to find on a node, beside the platform's services and team stacks: free on one that
    runs, or on one that Karpenter may still launch."""
    limit_gpus: int | None = None
    """GPUs that Karpenter launches at most; none for node groups and cpu pools."""
    limit_vcpus: int | None = None
    """vCPUs that Karpenter launches at most; none for node groups and gpu pools."""
    disk_gib: int | None = None
    """Root volume of each node in GiB; none where the platform was deployed before it exported it."""
    update_strategy: UpdateStrategy | None = None
    """How EKS replaces its nodes; none for a Karpenter pool, and where the platform was deployed before it exported it."""

    parallel_image_pull: bool = False
    """Whether its nodes pull and unpack the layers of an image in parallel; False where the platform was deployed before."""

    @property
    def machines(self) -> tuple[InstanceType, ...]:
        """Its instance types, from the table."""
        return tuple(instance_type(name) for name in self.instance_types)
