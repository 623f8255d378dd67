"""GPUs by name: what CUDA shows of their memory, and what they can compute."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from planner.catalog.instances import BFLOAT16_CAPABILITY, FP8_CAPABILITY, FP8_WEIGHT_ONLY_CAPABILITY, Gpu, InstanceType
from planner.tables import read_table

UNMEASURED_SHARE = 0.975
"""CUDA shows about this share of the memory EC2 states, where no log was found."""
BLACKWELL, CONSUMER_BLACKWELL = 10, 12
"""Families of compute capabilities: 10.x of a B200, 12.x of an RTX PRO 6000."""
_NOISE = re.compile(r"(?i)nvidia|geforce|tesla|[-_]?(sxm\d?|pcie|hbm\de?)|ti(?=\s|$)")


def capability_family(capability: float | None) -> int | None:
    """The major number of a compute capability; None where that is not known."""
    return None if capability is None else int(capability)


class UnknownGpuError(LookupError):
    """A GPU the table does not know; the message names the nearest, or says to give its visible memory."""


@dataclass(frozen=True, kw_only=True)
class GpuMemory:
    """One GPU, as the planner sees it."""

    name: str
    """Such as ``L40S``."""
    visible_gib: float
    """Total memory CUDA shows, in GiB."""
    capability: float | None
    """Compute capability; None where it is not known."""
    nvlink: bool = False
    """Whether NVLink joins it to the others of its machine."""
    measured: bool = True
    """Whether the visible memory was measured or given, not derived."""

    @property
    def bfloat16(self) -> bool:
        """Whether it computes in bfloat16."""
        return self.capability is None or self.capability >= BFLOAT16_CAPABILITY

    @property
    def fp8_weights(self) -> bool:
        """Whether FP8 and FP4 weights load."""
        return self.capability is None or self.capability >= FP8_WEIGHT_ONLY_CAPABILITY

    @property
    def fp8(self) -> bool:
        """Whether it computes in FP8."""
        return self.capability is None or self.capability >= FP8_CAPABILITY


@dataclass(frozen=True)
class _Row:
    capability: float
    visible_gib: float | None
    nvlink: bool


def gpu_named(name: str, visible_gib: float | None = None) -> GpuMemory:
    """A GPU by the name people use, such as ``H100`` or ``NVIDIA A100-SXM4-80GB``.

    Raises:
        UnknownGpuError: the table does not know it or its memory, and ``visible_gib`` does not say it.
    """
    key = _key(name)
    row = _table().get(key)
    if row is None and visible_gib is None:
        near = difflib.get_close_matches(key, _table(), n=3)
        hint = f"nearest: {', '.join(near)}; or " if near else ""
        raise UnknownGpuError(f"GPU {name!r} is not in the table: {hint}say what CUDA shows of it with --visible-gib")
    if row is None:
        return GpuMemory(name=name, visible_gib=visible_gib or 0, capability=None)
    memory = visible_gib or row.visible_gib
    if memory is None:
        raise UnknownGpuError(f"what CUDA shows of a {key} is not in the table: say it with --visible-gib")
    return GpuMemory(name=key, visible_gib=memory, capability=row.capability, nvlink=row.nvlink)


def gpu_of(machine: InstanceType, visible_gib: float | None = None) -> GpuMemory:
    """The GPU of an instance type.

    Raises:
        UnknownGpuError: the type has no GPU.
    """
    gpu = machine.gpu
    if gpu is None:
        raise UnknownGpuError(f"{machine.name} has no GPU: take one such as g6e.xlarge")
    row = _table().get(_instance_key(gpu))
    stated = gpu.memory_mib / 1024
    known = row.visible_gib if row else None
    # The same GPU comes with more memory in some types: V100, A100.
    trusted = known if known and 0.9 * stated < known <= stated else None
    return GpuMemory(
        name=gpu.name,
        visible_gib=visible_gib or trusted or stated * UNMEASURED_SHARE,
        capability=gpu.compute_capability,
        nvlink=bool(row and row.nvlink),
        measured=bool(visible_gib or trusted),
    )


def known_gpus() -> tuple[str, ...]:
    """Names the table knows."""
    return tuple(_table())


def _instance_key(gpu: Gpu) -> str:
    if gpu.name == "A100":
        return "A100 80GB" if gpu.memory_mib > 50_000 else "A100 40GB"
    return gpu.name.upper()


def _key(name: str) -> str:
    """``NVIDIA A100-SXM4-80GB`` and ``a100_80gb`` as ``A100 80GB``; a bare A100 is the larger one."""
    if name.strip().upper() in _table():
        return name.strip().upper()
    plain = re.sub(r"[\s_-]+", " ", _NOISE.sub(" ", name)).strip().upper()
    if plain.startswith("A100"):
        return "A100 40GB" if "40" in plain.removeprefix("A100") else "A100 80GB"
    plain = re.sub(r"\s*\d+\s*G(I?B)?$", "", plain)
    for candidate in (plain, f"RTX {plain}", plain.replace(" GENERATION", "")):
        if candidate in _table():
            return candidate
    return plain


@cache
def _table() -> Mapping[str, _Row]:
    rows = read_table("gpus.json")["gpus"]
    return MappingProxyType(
        {name: _Row(row["capability"], row["visible_gib"], row["nvlink"]) for name, row in rows.items()}
    )
