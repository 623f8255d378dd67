"""Which EC2 instance types a Karpenter NodePool may take, and whether its nodes have GPUs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from guardrails.analysis.requirements import ARCHITECTURE, INSTANCE, INSTANCE_TYPE, Requirements
from planner.catalog.instances import InstanceType, instance_types

_NAME: Final = re.compile(r"^([a-z]+)(?:-[0-9]+tb)?([0-9]+)([a-z0-9-]*)\.(.+)$")
"""Category, generation, options and size: aws/karpenter-provider-aws, pkg/providers/instancetype/types.go."""
_GPU_CATEGORIES: Final = frozenset({"g", "gr", "p"})
_CATEGORIES_WITHOUT_GPUS: Final = frozenset(
    {"a", "c", "d", "h", "hpc", "i", "im", "is", "m", "mac", "r", "t", "u", "x", "z"}
)
"""Categories of AWS's instance types (EC2 User Guide, "Instance type naming conventions") that have no accelerator."""
_GPU_LABELS: Final = tuple(f"{INSTANCE}gpu-{name}" for name in ("count", "name", "manufacturer", "memory"))
_CATEGORY, _FAMILY, _SIZE = f"{INSTANCE}category", f"{INSTANCE}family", f"{INSTANCE}size"
_GENERATION = f"{INSTANCE}generation"
MIB: Final = 1024


class Gpus(Enum):
    """Whether the nodes of a pool have GPUs."""

    NONE = "none"
    SOME = "some"
    """Some may, others not."""
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The instance types that a pool may take."""

    names: tuple[str, ...]
    complete: bool
    """Whether there are no others; else these are those of the planner's table."""

    @property
    def known(self) -> tuple[InstanceType, ...]:
        """Those that the planner's table has."""
        return tuple(instance_types()[name] for name in self.names if name in instance_types())

    @property
    def all_known(self) -> bool:
        """Whether the planner's table has all of them."""
        return self.complete and len(self.known) == len(self.names)


def choice(requirements: Requirements) -> Choice:
    """Return the types that meet the requirements.

    Raises:
        UnknownPropertyError: a requirement on the types is unknown.
    """
    listed = requirements.on(INSTANCE_TYPE).listed
    if listed is not None:
        return Choice(names=tuple(sorted(name for name in listed if _meets(name, requirements))), complete=True)
    families, sizes = requirements.on(_FAMILY).listed, requirements.on(_SIZE).listed
    table = tuple(name for name in instance_types() if _meets(name, requirements))
    if families is None:
        return Choice(names=table, complete=False)
    tabled = {one.family for one in instance_types().values()}
    if sizes is not None:
        named = (f"{family}.{size}" for family in families for size in sizes)
        real = (name for name in named if name.partition(".")[0] not in tabled or name in instance_types())
        return Choice(names=tuple(sorted(name for name in real if _meets(name, requirements))), complete=True)
    return Choice(names=table, complete=families <= tabled)


def gpus(requirements: Requirements) -> Gpus:
    """Whether the nodes have GPUs: by the types, or by what is required of a GPU or of a category.

    Raises:
        UnknownPropertyError: a requirement that says it is unknown.
    """
    for key in _GPU_LABELS:
        on = requirements.on(key)
        if not on.requirements:
            continue
        if on.needs_label:
            return Gpus.NONE if key.endswith("count") and not any(on.takes(str(n)) for n in range(1, 17)) else Gpus.ALL
        if any(one.operator == "DoesNotExist" for one in on.requirements):
            return Gpus.NONE
    found = choice(requirements)
    if found.complete:
        return gpus_of(found.names)
    families = requirements.on(_FAMILY).listed
    if families is not None:
        return gpus_of(f"{family}.large" for family in families)
    category = requirements.on(_CATEGORY)
    if category.listed is not None:
        return Gpus.ALL if category.listed <= _GPU_CATEGORIES else (
            Gpus.SOME if category.listed & _GPU_CATEGORIES else Gpus.NONE
        )  # fmt: skip
    return Gpus.SOME if any(category.takes(one) for one in _GPU_CATEGORIES - {"gr"}) else Gpus.NONE


def gpus_of(names: Iterable[str]) -> Gpus:
    """Whether nodes of these types have GPUs; without any type, some may."""
    have = [is_gpu(name) for name in names]
    if have and all(have):
        return Gpus.ALL
    return Gpus.SOME if any(have) or not have else Gpus.NONE


def is_gpu(name: str) -> bool:
    """Whether an instance type has GPUs: by the planner's table, else by its category."""
    known = instance_types().get(name)
    if known:
        return known.gpus > 0
    parts = _NAME.match(name)
    return parts is not None and parts[1] in _GPU_CATEGORIES


def may_have_gpus(name: str) -> bool:
    """Whether an instance type that no table has is of a category with GPUs, or of none that is known to have none."""
    parts = _NAME.match(name)
    return parts is None or parts[1] not in _CATEGORIES_WITHOUT_GPUS


def _meets(name: str, requirements: Requirements) -> bool:
    labels = _labels(name)
    for key in requirements.keys:
        on = requirements.on(key)
        if key in labels:
            if not on.takes(labels[key]):
                return False
        elif key in _GPU_LABELS and name in instance_types() and on.needs_label:
            return False  # a type of the table without GPUs has none of their labels
    return True


@cache
def _labels(name: str) -> dict[str, str]:
    """The labels of a type, by their plain names, as far as its name and the planner's table show them."""
    labels = {INSTANCE_TYPE: name}
    if parts := _NAME.match(name):
        category, generation, options, size = parts.groups()
        labels |= {
            _CATEGORY: category,
            _GENERATION: generation,
            _FAMILY: name.partition(".")[0],
            _SIZE: size,
            ARCHITECTURE: "arm64" if "g" in options else "amd64",
        }
    if known := instance_types().get(name):
        labels |= {f"{INSTANCE}cpu": str(known.vcpus), f"{INSTANCE}memory": str(known.memory_gib * MIB)}
        if known.gpu:
            labels |= {
                f"{INSTANCE}gpu-count": str(known.gpus),
                f"{INSTANCE}gpu-manufacturer": "nvidia",
                f"{INSTANCE}gpu-name": known.gpu.name.lower().replace(" ", "-"),
                f"{INSTANCE}gpu-memory": str(known.gpu.memory_mib),
            }
    return labels
