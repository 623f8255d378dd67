"""Published cold starts, and how far the prediction is from them."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from planner.catalog.gpus import GpuMemory, gpu_of
from planner.catalog.instances import InstanceType, instance_type
from planner.catalog.models import known_model
from planner.coldstart.engine import Clock, Kind, StartModel, model_by_name, model_of_shape
from planner.coldstart.pieces import ColdStart, Name
from planner.coldstart.predict import Engine, Machine, Source, predict
from planner.memory.weights import checkpoint_bytes
from planner.tables import read_table
from planner.units import GIB

LEAST_PIECES = 3
"""A run counts for the error of totals where its source states so many pieces, those that an eager engine leaves out among them."""
_NOT_EAGER = (Name.COMPILE, Name.GRAPH_CAPTURE)
"""What an eager engine does in no time."""
_OTHER_MACHINE = "p5.4xlarge"
"""The instance type, without its instance stores, of runs on a machine that is not of EC2; none is bound by its network."""
_MANY_VCPUS = 192
"""So many vCPUs bound nothing: those of a machine of which the source says nothing."""
_NEW = "0.32.0"
"""The version of vLLM of which a source says nothing."""
_DISK_MIB_S = 600
"""Throughput of a disk of EC2 of which the source says nothing, in MiB/s: that of the program's root volumes."""


class Where(StrEnum):
    """What kind of place a run was published of; from the source, whatever its seconds are."""

    CLOUD = "cloud"
    """A virtual machine of a cloud, nearly always a pod: its program is on the machine's disk. What this platform is."""
    SERVERLESS = "serverless"
    """A serverless or notebook platform, whose program and weights are often on a network file system, on shared processors."""
    MACHINE = "machine"
    """One machine, owned or rented, or of which the source says no more; often started before, its files in memory."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One cold start that was published."""

    name: str
    """What was started, in words."""
    source: str
    """Where it was published."""
    held_out: bool
    """Whether no figure was fitted to it."""
    where: Where
    """In what kind of place it ran."""
    gathered: int
    """Which time the run was looked for, from 1 on: figures were fitted to runs of one time before those of the next were found."""
    measured: Mapping[tuple[Name, ...], float]
    """Seconds of each piece that the source states, or of several that it states as one."""
    predicted: ColdStart
    """What the planner says of it."""
    assumed: str
    """What the source leaves open, and was taken for granted."""
    eager: bool
    """Whether it neither compiled nor captured."""
    weights: Source
    """Where the weights came from."""
    cached: bool
    """Whether the compiled code was found."""

    @property
    def pieces(self) -> tuple[Name, ...]:
        """The pieces that the source states, alone or in a sum."""
        return tuple(name for names in self.measured for name in names)

    @property
    def total(self) -> float:
        """The sum of what the source states, in seconds."""
        return sum(self.measured.values())

    @property
    def expected(self) -> float:
        """The prediction for the same pieces, in seconds."""
        return self.predicted.of(*self.pieces).expected

    @property
    def error(self) -> float:
        """How far the prediction is off, as a share of what was measured; positive where it is too long."""
        return self.expected / self.total - 1

    @property
    def laboratory(self) -> str:
        """Who published it: owner and repository, of an issue or pull request of a large project its address, else the site."""
        host, *path = self.source.removeprefix("https://").split("/")
        if host != "github.com":
            return host
        return "/".join(path if path[0] == "vllm-project" else path[:2])

    @property
    def whole(self) -> bool:
        """Whether enough of the start is stated to compare totals."""
        return len(self.pieces) + (len(_NOT_EAGER) if self.eager else 0) >= LEAST_PIECES

    @property
    def within(self) -> bool:
        """Whether the total lies within the predicted range."""
        found = self.predicted.of(*self.pieces)
        return found.low <= self.total <= found.high


@cache
def published_runs() -> Sequence[Run]:
    """Every run of ``planner/data/coldstart-runs.json``."""
    return tuple(_run(row) for row in read_table("coldstart-runs.json")["runs"])


def source_medians(runs: Sequence[Run]) -> Mapping[str, float]:
    """The median size of the error of each source's totals, so that one with many runs counts once."""
    errors: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        errors[run.laboratory].append(abs(run.error))
    return {source: statistics.median(found) for source, found in errors.items()}


def _run(row: dict[str, Any]) -> Run:
    return Run(
        name=row["name"],
        source=row["source"],
        held_out=row["held_out"],
        where=Where(row["where"]),
        gathered=row.get("gathered", 1),
        measured={tuple(Name(name) for name in names.split("+")): seconds for names, seconds in row["pieces"].items()},
        predicted=predict(*inputs(row)),
        assumed=row.get("assumed", ""),
        eager=row.get("eager", False),
        weights=Source(row["weights"]),
        cached=row.get("cached", False),
    )


def inputs(row: dict[str, Any]) -> tuple[Machine, Engine]:
    """What the planner is given of a row of the file."""
    machine = instance_type(row["instance"]) if row["instance"] else _other_machine(row.get("vcpus", _MANY_VCPUS))
    gpu = (
        gpu_of(machine)
        if row["instance"]
        else GpuMemory(name=row["gpu"], visible_gib=row["visible_gib"], capability=row["capability"])
    )
    model, size = _model(row)
    return Machine(
        type=machine,
        launched=row.get("launched", False),
        parallel_pull=row.get("parallel_pull", False),
        disk_mib_s=row.get("disk_mib_s", _DISK_MIB_S if row["instance"] else None),
    ), Engine(
        image=row.get("image") or f"vllm/vllm-openai:v{row.get('vllm', _NEW)}",
        model=model,
        gpu=gpu,
        workers=row["workers"],
        size_gib=size,
        source=Source(row["weights"]),
        read_once=row.get("read_once", False),
        streams=row.get("streams", 16),
        eager=row.get("eager", False),
        cached=row.get("cached", False),
        clock=Clock(row.get("clock", Clock.START)),
    )


def _other_machine(vcpus: int) -> InstanceType:
    return replace(instance_type(_OTHER_MACHINE), instance_store_gib=0, vcpus=vcpus)


def _model(row: dict[str, Any]) -> tuple[StartModel, float]:
    if row["model"] is None:  # a run of the image's pull only
        return StartModel(layers=1, kind=Kind.DENSE), 0.0
    known = known_model(row["model"])
    if known:
        model = model_of_shape(known.shape, known.shape.quantization)
        return replace(model, formats=row.get("quantized", model.formats)), checkpoint_bytes(known.shape) / GIB
    return model_by_name(row["model"], row["size_gib"], row["bits"]), row["size_gib"]
