"""Settings of the node pools: system, cpu and gpu, of node groups or of Karpenter, and what services must know of a pool."""

from settings.models.pools.choice import (
    KarpenterNodePool,
    NodeGroupPool,
    Pool,
    UnknownPoolError,
    has_karpenter,
    pool_model,
)
from settings.models.pools.facts import PoolFacts
from settings.models.pools.karpenter import (
    CapacityType,
    Consolidation,
    CpuLimits,
    GpuLimits,
    KarpenterCpuPool,
    KarpenterGpuPool,
    KarpenterPool,
)
from settings.models.pools.node_group import CpuPool, GpuPool, NodeGroup, SystemPool, UpdateStrategy
from settings.models.pools.nodes import (
    ACCELERATOR_LABEL,
    GP3_IOPS,
    GP3_THROUGHPUT,
    GPU_TAINT,
    POOL_LABEL,
    InstanceTypes,
    PoolKind,
    Provisioner,
    Taint,
    known_type,
)

__all__ = [
    "ACCELERATOR_LABEL",
    "GP3_IOPS",
    "GP3_THROUGHPUT",
    "GPU_TAINT",
    "POOL_LABEL",
    "CapacityType",
    "Consolidation",
    "CpuLimits",
    "CpuPool",
    "GpuLimits",
    "GpuPool",
    "InstanceTypes",
    "KarpenterCpuPool",
    "KarpenterGpuPool",
    "KarpenterNodePool",
    "KarpenterPool",
    "NodeGroup",
    "NodeGroupPool",
    "Pool",
    "PoolFacts",
    "PoolKind",
    "Provisioner",
    "SystemPool",
    "Taint",
    "UnknownPoolError",
    "UpdateStrategy",
    "has_karpenter",
    "known_type",
    "pool_model",
]
