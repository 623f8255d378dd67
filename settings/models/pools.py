"""Settings of the node pools: system, cpu and gpu, and the facts about a pool that services need."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.catalog.instances import InstanceType, UnknownInstanceTypeError, instance_type
from planner.shown import as_yaml
from settings.models.base import SettingsModel, Text, Zone
from settings.models.node_release import NodeRelease

GPU_TAINT = "nvidia.com/gpu"
POOL_LABEL = "llm-platform/pool"
ACCELERATOR_LABEL = "accelerator"
GP3_IOPS = 3000
_LONGEST_TYPE = 40
PoolKind = Literal["system", "cpu", "gpu"]
UpdateStrategy = Literal["minimal", "default"]
GP3_THROUGHPUT = 600
"""MiB/s; gp3's default of 125 makes the pull of a 10 GB image and the read of its layers minutes longer."""


def known_type(name: str) -> str:
    """An instance type of the tables.

    Raises:
        ValueError: it is in none of them; the message names the nearest.
    """
    if len(name) > _LONGEST_TYPE:
        raise ValueError(f"{as_yaml(name)} is not an instance type: write it like g5.2xlarge")
    try:
        return instance_type(name).name
    except UnknownInstanceTypeError as problem:
        raise ValueError(str(problem)) from None


def _some_types(types: tuple[str, ...]) -> tuple[str, ...]:
    if not types:
        raise ValueError("is empty: name at least one instance type")
    if len(set(types)) != len(types):
        raise ValueError("names an instance type twice: name each once")
    return types


InstanceTypes = Annotated[tuple[Annotated[Text, AfterValidator(known_type)], ...], AfterValidator(_some_types)]


class Taint(SettingsModel):
    """A Kubernetes taint."""

    key: str
    """Such as ``nvidia.com/gpu``."""
    value: str = ""
    """Value beside the key."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"
    """What it does to pods that do not tolerate it, as Kubernetes writes it."""


class PoolFacts(SettingsModel):
    """What a service must know of a pool; exported by the platform stack, so plain data only."""

    kind: PoolKind
    """Kind of the pool."""
    instance_types: tuple[str, ...]
    """EC2 instance types its nodes may be."""
    gpus_per_node: int
    """GPUs of each node."""
    capacity: Literal["on_demand", "spot"] = "on_demand"
    """On-demand, or spot."""
    desired: int
    """Nodes it runs."""
    max: int
    """Nodes it may run."""
    labels: dict[str, str]
    """Labels of its nodes."""
    taints: tuple[Taint, ...]
    """Taints of its nodes."""
    team_gpus: int = 0
    """GPUs it keeps for team stacks."""
    spare_gpus: int = 0
    """GPUs that one more replica is sure to find free on a node, beside the platform's services and team stacks."""
    disk_gib: int | None = None
    """Root volume of each node in GiB; none where the platform was deployed before it exported it."""
    update_strategy: UpdateStrategy | None = None
    """How EKS replaces its nodes; none where the platform was deployed before it exported it."""

    @property
    def machines(self) -> tuple[InstanceType, ...]:
        """Its instance types, from the table."""
        return tuple(instance_type(name) for name in self.instance_types)


class _Pool(SettingsModel):
    instance_types: InstanceTypes
    """EC2 instance types; more than one gives spot more to choose from, all with equally many GPUs."""
    capacity: Literal["on_demand", "spot"] = "on_demand"
    """On-demand, or spot: cheaper, and taken back with two minutes' notice."""
    min: int = Field(default=0, ge=0)
    """Nodes it always runs."""
    max: int = Field(ge=1, le=450)
    """Nodes it may run at most."""
    disk_gib: int = Field(default=80, ge=20, le=16384)
    """Root volume of each node in GiB; images and pulled weights live there."""
    zones: tuple[Zone, ...] = ()
    """Letters of the zones its nodes are in; default all zones of the network."""
    node_release: NodeRelease | None = None
    """AMI release of this pool; default `cluster.node_release`."""
    update_strategy: UpdateStrategy = "default"
    """How EKS replaces nodes: default launches up to twice the pool's zones more nodes first, minimal drains a node before
    it launches the next."""

    @property
    def machines(self) -> tuple[InstanceType, ...]:
        """Its instance types, from the table."""
        return tuple(instance_type(name) for name in self.instance_types)

    @model_validator(mode="after")
    def _min_not_above_max(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}: raise max or lower min")
        if len(set(self.zones)) != len(self.zones):
            raise ValueError("zones names a zone twice: name each once")
        return self

    @property
    def gpus_per_node(self) -> int:
        """GPUs of each node."""
        return self.machines[0].gpus

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Taints of its nodes."""
        return ()

    def labels(self, name: str) -> dict[str, str]:
        """Labels of its nodes, when the pool is called ``name``."""
        return {POOL_LABEL: name}


class _WithoutGpus(_Pool):
    @model_validator(mode="after")
    def _no_gpu(self) -> Self:
        for machine in self.machines:
            if machine.gpus:
                raise ValueError(
                    f"{machine.name} has GPUs that nothing in this pool uses: make it kind gpu, or use m5.xlarge"
                )
        return self


class SystemPool(_WithoutGpus):
    """Nodes for the cluster's own workloads; there is exactly one such pool."""

    kind: Literal["system"]
    """Kind of the pool."""
    min: int = Field(default=2, ge=2)
    """Nodes it always runs; two, so that CoreDNS and the controllers outlive one node."""


class CpuPool(_WithoutGpus):
    """Nodes without GPUs for other workloads."""

    kind: Literal["cpu"]
    """Kind of the pool."""


class GpuPool(_Pool):
    """Nodes with NVIDIA GPUs; their number follows from the services that request GPUs."""

    kind: Literal["gpu"]
    """Kind of the pool."""
    disk_gib: int = Field(default=200, ge=60, le=16384)
    """Root volume of each node in GiB; the vLLM image alone unpacks to about 30."""
    update_strategy: UpdateStrategy = "minimal"
    """How EKS replaces nodes: minimal drains a node before it launches the next and needs no GPUs beyond the pool's,
    default launches up to twice the pool's zones more nodes first."""
    team_gpus: int = Field(default=0, ge=0)
    """GPUs it keeps for team stacks, beside what the platform's own services request."""

    @model_validator(mode="after")
    def _equal_gpus(self) -> Self:
        gpus = {machine.name: machine.gpus for machine in self.machines}
        without = [name for name, count in gpus.items() if not count]
        if without:
            raise ValueError(f"{', '.join(without)} has no GPU: make it kind cpu, or use a GPU type such as g5.2xlarge")
        if len(set(gpus.values())) > 1:
            listed = ", ".join(f"{name} has {count}" for name, count in gpus.items())
            raise ValueError(f"instance types with unequal GPUs ({listed}): make a pool of each")
        if len({machine.gpu for machine in self.machines}) > 1:
            listed = ", ".join(f"{machine.name} {machine.gpu.name}" for machine in self.machines if machine.gpu)
            raise ValueError(f"instance types with different GPUs ({listed}): make a pool of each")
        return self

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Taints of its nodes: only pods that request a GPU belong here."""
        return (Taint(key=GPU_TAINT, value="present"),)

    def labels(self, name: str) -> dict[str, str]:
        """Labels of its nodes, when the pool is called ``name``."""
        return {POOL_LABEL: name, ACCELERATOR_LABEL: "nvidia"}


Pool = Annotated[SystemPool | CpuPool | GpuPool, Field(discriminator="kind")]
