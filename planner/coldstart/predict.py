"""Predict a cold start from what is known of the machine, its pool, the image and the model; a pure function of plain data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.catalog.gpus import GpuMemory
from planner.catalog.instances import InstanceType
from planner.coldstart.engine import Clock, StartModel, StartUp, start_up
from planner.coldstart.figures import SETS, Set, engine_figures, table
from planner.coldstart.pieces import NONE, ColdStart, Name, Piece, Seconds
from planner.image_tags import vllm_release
from planner.units import GIB, MIB

GB = 1e9
_BITS = 8


class Source(StrEnum):
    """Where the weights come from."""

    BUCKET = "bucket"
    """Streamed from S3."""
    HUB = "hub"
    """Downloaded from the Hugging Face Hub, then read from the disk."""
    DISK = "disk"
    """Read from the node's disk."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A node of the pool."""

    type: InstanceType
    """Its instance type."""
    launched: bool
    """Whether the start waits for a new node, which Karpenter launches."""
    parallel_pull: bool = False
    """Whether nodeadm's ``FastImagePull`` is on."""
    disk_mib_s: float | None = 600
    """Throughput of its root volume in MiB/s; None where it is not known."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What is started on it."""

    image: str
    """Its image."""
    model: StartModel
    """What is compiled."""
    gpu: GpuMemory
    """The GPU."""
    workers: int
    """GPU processes of a replica."""
    size_gib: float
    """Weights in GiB."""
    source: Source
    """Where they come from."""
    read_once: bool = False
    """Whether the processes share the reading, each its part."""
    streams: int = 16
    """Concurrent reads of each process from the bucket."""
    eager: bool = False
    """Whether nothing is compiled or captured."""
    cached: bool = False
    """Whether the code that an equal engine compiled before is found."""
    clock: Clock = Clock.START
    """From when on it is counted."""
    image_on_node: bool = False
    """Whether the node has the image already."""


def predict(machine: Machine, engine: Engine) -> ColdStart:
    """Every piece of a cold start."""
    return ColdStart(
        pieces=[
            *_node(machine),
            _image(machine, engine),
            _weights(machine, engine),
            *_engine(engine),
        ]
    )


def _node(machine: Machine) -> list[Piece]:
    if not machine.launched:
        basis = "not part of it: the nodes of a node group are there before the pod"
        return [Piece(name=name, seconds=NONE, basis=basis) for name in (Name.NODE_LAUNCH, Name.NODE_READY)]
    return [
        _published(Name.NODE_LAUNCH, table()["node"]["launch"]),
        _published(Name.NODE_READY, table()["node"]["ready"]),
    ]


def _image(machine: Machine, engine: Engine) -> Piece:
    if engine.image_on_node:
        return Piece(name=Name.IMAGE_PULL, seconds=NONE, basis="the node has the image")
    figures = table()["image"]
    plain, _, last = engine.image.partition("@")[0].rpartition("/")
    repository = f"{plain}/{last.partition(':')[0]}"
    size = next((size for name, size in figures["sizes_gb"].items() if repository.endswith(name)), None)
    if size is None:
        return Piece(
            name=Name.IMAGE_PULL,
            seconds=None,
            basis=f"the size of {engine.image} is not known; 10 GB take 1 to 2 minutes",
        )
    least = figures["parallel_least"]
    large = machine.type.vcpus >= least["vcpus"] and machine.type.memory_gib >= least["memory_gib"]
    rate = figures["gb_per_second"]["parallel" if machine.parallel_pull and large else "sequential"]
    seconds = Seconds(
        low=size["low"] / rate["low"], expected=size["expected"] / rate["expected"], high=size["slow"] / rate["slow"]
    )
    return Piece(
        name=Name.IMAGE_PULL,
        seconds=seconds,
        basis=f"{size['basis']}; {rate['basis']}",
        sources=(*size["sources"], *(url for url in rate["sources"] if url not in size["sources"])),
    )


def _weights(machine: Machine, engine: Engine) -> Piece:
    if engine.source is Source.BUCKET:
        return _streamed(machine, engine)
    ranges = []
    for name in SETS:
        figures = engine_figures(name)
        disk = _disk(machine, name)
        # What was just written is still in memory, where there is room for it; each process reads its part of it.
        memory = engine.size_gib <= machine.type.memory_gib * 0.5
        cached = name != "slow" and engine.source is Source.HUB and memory
        # Every process goes through all files in the same order, so a disk is read once, and by one of them at a time.
        read = (
            figures.disk_gib_s * engine.workers
            if cached
            else min(disk * table()["disk"]["share"][name], figures.disk_gib_s)
        )
        seconds = engine.size_gib / read
        if engine.source is Source.HUB:
            written = float("inf") if machine.type.instance_store_gib else disk
            unpacked = max(figures.hub_gib_s_vcpu * machine.type.vcpus, figures.hub_gib_s_least)
            seconds += engine.size_gib / min(
                figures.hub_gib_s, unpacked, _network_gb(machine, name) * GB / GIB, written
            )
        ranges.append(seconds)
    where = "from the Hub and then from the disk" if engine.source is Source.HUB else "from the disk"
    return Piece(
        name=Name.WEIGHTS_LOAD,
        seconds=Seconds(low=ranges[0], expected=ranges[1], high=max(ranges)),
        basis=f"{engine.size_gib:.1f} GiB {where}",
        sources=table()["sources"]["hub"] if engine.source is Source.HUB else table()["disk"]["sources"],
    )


def _disk(machine: Machine, name: Set) -> float:
    """GiB a second of its disk."""
    return float((machine.disk_mib_s or table()["disk"]["unknown_mib_s"][name]) * MIB / GIB)


def _streamed(machine: Machine, engine: Engine) -> Piece:
    figures = table()["weights"]
    read_gb = engine.size_gib * GIB / GB * (1 if engine.read_once else engine.workers)
    ranges = []
    for name in SETS:
        process = min(figures["gb_per_stream"][name] * engine.streams, figures["gb_per_process"][name])
        rate = min(process * engine.workers, figures["gb_per_machine"][name], _network_gb(machine, name))
        ranges.append(figures["seconds_before_first_byte"][name] + read_gb / rate)
    times = "once" if engine.read_once or engine.workers == 1 else f"{engine.workers} times"
    network = machine.type.network_gbit
    return Piece(
        name=Name.WEIGHTS_LOAD,
        seconds=Seconds(low=ranges[0], expected=ranges[1], high=ranges[2]),
        basis=(
            f"{engine.size_gib:.1f} GiB from S3, read {times} by {engine.workers} process{'es' if engine.workers > 1 else ''} "
            f"with {engine.streams} streams each, network {f'{network:g} Gbit/s' if network else 'not known'}"
        ),
        sources=figures["sources"],
    )


def _network_gb(machine: Machine, name: Set) -> float:
    """Gigabytes a second that its network carries for one reader; small types burst above their baseline."""
    figures = table()["weights"]
    gbit = machine.type.network_gbit
    if gbit is None:
        return float("inf")
    burst = figures["burst"] if name == "low" and gbit < figures["burst_below_gbit"] else 1
    return float(gbit * burst / _BITS * figures["network_share"][name])


def _engine(engine: Engine) -> list[Piece]:
    starts = [_start(engine, name) for name in SETS]
    warm = table()["warm"]
    kernels = [
        start.kernels * (warm["kernels"][name] if engine.cached else 1)
        for start, name in zip(starts, SETS, strict=True)
    ]
    init = [start.processes + kernel for start, kernel in zip(starts, kernels, strict=True)]
    compile_ = [float(start.compile) for start in starts]
    usual = engine.model.usual or engine.model
    what = f"{usual.layers} layers, {usual.kind.value}, on {engine.gpu.name}"
    basis = f"{what}, with an empty cache"
    sources = table()["sources"]["compile"]
    if engine.cached and not engine.eager:
        compile_ = [
            seconds * warm["compile"][name] + warm["cache_download_seconds"][name]
            for seconds, name in zip(compile_, SETS, strict=True)
        ]
        basis, sources = f"{what}, compiled before", warm["sources"]
    if engine.eager:
        basis = "enforce-eager: nothing is compiled"
    graphs = [start.graphs for start in starts]
    return [
        Piece(
            name=Name.ENGINE_INIT,
            seconds=_range(init),
            basis=f"{engine.workers} process{'es' if engine.workers > 1 else ''}, kernels on {engine.gpu.name}",
            sources=table()["sources"]["engine_init"],
        ),
        Piece(name=Name.COMPILE, seconds=_range(compile_), basis=basis, sources=sources),
        Piece(
            name=Name.GRAPH_CAPTURE,
            seconds=_range(graphs),
            basis="enforce-eager: nothing is captured" if engine.eager else what,
            sources=table()["sources"]["graph_capture"],
        ),
    ]


def _start(engine: Engine, name: Set) -> StartUp:
    model, release = engine.model, vllm_release(engine.image)
    return start_up(
        model if name == "slow" else model.usual or model,
        engine.gpu,
        size_gib=engine.size_gib,
        from_bucket=engine.source is Source.BUCKET,
        workers=engine.workers,
        read_once=engine.read_once,
        eager=engine.eager,
        clock=engine.clock,
        version=release[:2] if release else None,
        figures=engine_figures(name),
    )


def _range(values: list[float] | list[int]) -> Seconds:
    return Seconds(low=min(values), expected=values[1], high=max(values))


def _published(name: Name, figures: dict[str, Any]) -> Piece:
    return Piece(
        name=name,
        seconds=Seconds(low=figures["low"], expected=figures["expected"], high=figures["slow"]),
        basis=figures["basis"],
        sources=figures["sources"],
    )
