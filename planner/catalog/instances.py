"""EC2 instance types a pool may use: vCPUs, memory, and the GPUs with what they can compute."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from planner.tables import read_table
from planner.units import GIB

BFLOAT16_CAPABILITY = 8.0
FP8_WEIGHT_ONLY_CAPABILITY = 8.0
FP8_CAPABILITY = 8.9
_GB_TO_GIB = 1e9 / GIB


class UnknownInstanceTypeError(LookupError):
    """The tables do not know this instance type; the message names the nearest ones."""


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """One GPU of an instance type."""

    name: str
    """Marketing name, such as ``A10G``."""
    memory_mib: int
    """Memory as EC2 states it; CUDA sees a little less."""
    compute_capability: float
    """CUDA compute capability, such as 8.6."""

    @property
    def bfloat16(self) -> bool:
        """Whether the GPU computes in bfloat16."""
        return self.compute_capability >= BFLOAT16_CAPABILITY

    @property
    def fp8(self) -> bool:
        """Whether the GPU computes in FP8."""
        return self.compute_capability >= FP8_CAPABILITY

    @property
    def fp8_weights(self) -> bool:
        """Whether FP8 weights load at all, if need be with computation in 16 bits."""
        return self.compute_capability >= FP8_WEIGHT_ONLY_CAPABILITY


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """One EC2 instance type."""

    name: str
    """Such as ``g5.2xlarge``."""
    vcpus: int
    """Virtual CPUs."""
    memory_gib: int
    """Main memory in GiB."""
    gpus: int
    """Number of GPUs, 0 for a CPU type."""
    gpu: Gpu | None
    """The GPU, if there is one; every GPU of an instance is of the same kind."""
    instance_store_gib: float
    """NVMe disks of the instance itself, all together in GiB; 0 for a type with EBS volumes only."""
    network_gbit: float | None
    """Baseline bandwidth of its network in Gbit/s; small types burst above it. None where the table has none."""
    usd_per_hour: float | None
    """On-demand Linux price in us-east-1 at the date of the table, where it is known."""

    @property
    def family(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


def instance_type(name: str) -> InstanceType:
    """Look up one instance type.

    Raises:
        UnknownInstanceTypeError: it is in neither table.
    """
    try:
        return instance_types()[name]
    except KeyError:
        near = difflib.get_close_matches(name, instance_types(), n=3)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise UnknownInstanceTypeError(f"instance type {name!r} is not in the tables of planner/data{hint}") from None


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Every known instance type by name."""
    table = read_table("gpu-instances.json")
    capability: dict[str, float] = table["compute_capability"]
    found = {
        name: InstanceType(
            name=name,
            vcpus=row["vcpus"],
            memory_gib=row["memory_gib"],
            gpus=row["gpus"],
            gpu=Gpu(
                name=row["gpu"],
                memory_mib=row["gpu_memory_mib"],
                compute_capability=capability[row["gpu"]],
            ),
            instance_store_gib=row["instance_store_gb"] * _GB_TO_GIB,
            network_gbit=row["network_gbit"],
            usd_per_hour=row["usd_per_hour"],
        )
        for name, row in table["instances"].items()
    }
    for name, row in read_table("cpu-instances.json")["instances"].items():
        found[name] = InstanceType(
            name=name,
            vcpus=row["vcpus"],
            memory_gib=row["memory_gib"],
            gpus=0,
            gpu=None,
            instance_store_gib=0,
            network_gbit=None,
            usd_per_hour=row["usd_per_hour"],
        )
    return MappingProxyType(found)


def quota_group(name: str) -> str:
    """Which of EC2's vCPU quotas count an instance type: ``standard``, ``g``, ``p`` (P4 and older) or ``p5`` (and newer).

    EC2 User Guide, "Amazon EC2 endpoints and quotas"; only for spot have P4 and P5 quotas of their own.
    """
    family = name.partition(".")[0]
    if family.startswith("g"):
        return "g"
    if family.startswith("p"):
        return "p" if family[1] in "234" else "p5"
    return "standard"
