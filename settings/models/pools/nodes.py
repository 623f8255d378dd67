"""What nodes of every pool have: instance types of the tables, a disk, zones, labels and taints."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from planner.catalog.instances import InstanceType, UnknownInstanceTypeError, instance_type
from planner.shown import as_yaml
from settings.models.base import SettingsModel, Text, Zone

GPU_TAINT = "nvidia.com/gpu"
POOL_LABEL = "llm-platform/pool"
ACCELERATOR_LABEL = "accelerator"
GP3_IOPS = 3000
GP3_THROUGHPUT = 600
"""MiB/s; gp3's default of 125 makes the pull of a 10 GB image and the read of its layers minutes longer."""
_LONGEST_TYPE = 40
_ARM = re.compile(r"(a1|p6e-gb\d+|[a-z]+\d+g[a-z]*)\.")
"""Families with AWS Graviton or NVIDIA Grace: EC2 User Guide, "Instance type naming conventions", a g among the options."""
PoolKind = Literal["system", "cpu", "gpu"]
Provisioner = Literal["node_group", "karpenter"]


def known_type(name: str) -> str:
    """An instance type of the tables.

    Raises:
        ValueError: it is in none of them; the message names the nearest, or that its processor does not suit.
    """
    if len(name) > _LONGEST_TYPE:
        raise ValueError(f"{as_yaml(name)} is not an instance type: write it like g5.2xlarge")
    try:
        return instance_type(name).name
    except UnknownInstanceTypeError as problem:
        if _ARM.match(name):
            raise ValueError(
                f"{as_yaml(name)} has an Arm processor, and the services' images are for x86-64: take a type of Intel or AMD"
            ) from None
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


class Nodes(SettingsModel):
    """Nodes of one pool, whichever way they are launched."""

    instance_types: InstanceTypes
    """EC2 instance types its nodes may be."""
    disk_gib: int = Field(default=80, ge=20, le=16384)
    """Root volume of each node in GiB; images and pulled weights live there."""
    zones: tuple[Zone, ...] = ()
    """Letters of the zones its nodes are in; default all zones of the network."""

    @model_validator(mode="after")
    def _zones_once(self) -> Self:
        if len(set(self.zones)) != len(self.zones):
            raise ValueError("zones names a zone twice: name each once")
        return self

    @property
    def machines(self) -> tuple[InstanceType, ...]:
        """Its instance types, from the table."""
        return tuple(instance_type(name) for name in self.instance_types)

    @property
    def gpus_per_node(self) -> int:
        """GPUs of each node; where its types differ, of the largest."""
        return max(machine.gpus for machine in self.machines)

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Taints of its nodes."""
        return ()

    def labels(self, name: str) -> dict[str, str]:
        """Labels of its nodes, when the pool is called ``name``."""
        return {POOL_LABEL: name}


class WithoutGpus(Nodes):
    """Nodes of types without GPUs."""

    @model_validator(mode="after")
    def _no_gpu(self) -> Self:
        for machine in self.machines:
            if machine.gpus:
                raise ValueError(
                    f"{machine.name} has GPUs that nothing in this pool uses: make it kind gpu, or use m5.xlarge"
                )
        return self


class WithGpus(Nodes):
    """Nodes with GPUs of one model; only pods that request a GPU run there."""

    disk_gib: int = Field(default=200, ge=60, le=16384)
    """Root volume of each node in GiB; the vLLM image alone unpacks to about 30."""
    parallel_image_pull: bool | None = None
    """Whether nodes pull and unpack the layers of an image in parallel (nodeadm's FastImagePull), which halves the pull of vLLM's
    image. Default: on in a pool that is made from now on; the nodes of a pool that exists stay as they are until it is set."""
    team_gpus: int = Field(default=0, ge=0)
    """GPUs it keeps for team stacks, beside what the platform's own services request."""

    @model_validator(mode="after")
    def _one_gpu_model(self) -> Self:
        without = [machine.name for machine in self.machines if not machine.gpu]
        if without:
            raise ValueError(f"{', '.join(without)} has no GPU: make it kind cpu, or use a GPU type such as g5.2xlarge")
        if len({machine.gpu for machine in self.machines}) > 1:
            listed = ", ".join(
                f"{machine.name} {machine.gpu.name} of {machine.gpu.memory_mib / 1024:.0f} GiB"
                for machine in self.machines
                if machine.gpu
            )
            raise ValueError(f"instance types with different GPUs ({listed}): make a pool of each")
        return self

    @property
    def taints(self) -> tuple[Taint, ...]:
        """Taints of its nodes: only pods that request a GPU belong here."""
        return (Taint(key=GPU_TAINT, value="present"),)

    def labels(self, name: str) -> dict[str, str]:
        """Labels of its nodes, when the pool is called ``name``."""
        return {POOL_LABEL: name, ACCELERATOR_LABEL: "nvidia"}
