"""The figures of ``planner/data/coldstart.json``, each with where it was published."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from planner.tables import read_table

Set = Literal["low", "expected", "slow"]
SETS: tuple[Set, ...] = ("low", "expected", "slow")


@dataclass(frozen=True, kw_only=True)
class EngineFigures:
    """One set of coefficients of an engine's start; seconds are those of an H100 or newer."""

    processes: float
    """Imports and CUDA's initialization of one process, in seconds."""
    imports: float
    """The part of it that Python's imports take: in the API server, and again in the engine, which ``vllm serve`` spawns."""
    imports_before: float
    """Factor of the imports for a vLLM older than the figures are of."""
    together: float
    """More where several processes form a group."""
    process: float
    """More for each of several processes."""
    hosts: Mapping[str, float]
    """Factor of the processes for the processors that stand beside a generation of GPUs."""
    compile: float
    """Dynamo and Inductor, whatever the model."""
    compile_layer: float
    """Dynamo and Inductor, for each decoder layer."""
    compile_mixed: float
    """Factor for routed experts and recurrent layers."""
    compile_quantized: float
    """Factor for weights in FP8 or FP4."""
    compile_before: float
    """Factor for a vLLM older than the figures are of."""
    hybrid_compile: float
    """The least that a hybrid takes."""
    kernels: Mapping[str, float]
    """Kernels compiled, tuned or warmed up for a dense model, by ``StartModel.formats``."""
    kernels_mixed: Mapping[str, float]
    """The same for mixtures of experts."""
    kernels_hybrid: Mapping[str, float]
    """The same for hybrids, whose recurrent layers' kernels are tuned in the profiling run."""
    kernels_workstation: float
    """More on workstation and GeForce Blackwell (capability 12), which has fewer prebuilt kernels: 45 to 60 s, RTX PRO 6000, vLLM 0.23."""
    kernels_workstation_fp4: float
    """More there for weights in FP4, for which it has none: 226 s for all of it, RTX 5090 (vllm-project/vllm#44881)."""
    graphs: float
    """Profiling run and CUDA graphs, whatever the model."""
    graphs_layer: float
    """The same, for each decoder layer."""
    graphs_gib: float
    """The same, for each GiB of weights of a GPU: each size runs before it is captured."""
    graphs_together: float
    """Factor where several processes form a group, whose collectives are captured too."""
    graphs_mixed: float
    """Factor for other models than dense ones."""
    graphs_before: float
    """Factor for a vLLM older than the figures are of."""
    hub_gib_s: float
    """Download from the Hugging Face Hub in GiB a second."""
    hub_gib_s_vcpu: float
    """The most of it for each vCPU: the client checks and unpacks what it downloads, and machines of 8 vCPUs got a quarter."""
    hub_gib_s_least: float
    """What small machines get of it however few their vCPUs: those of 4 got as much as those of 8."""
    disk_gib_s: float
    """Reading what was downloaded, from the page cache or the disk, in GiB a second."""
    bucket_gib_s: float
    """Streaming from S3 in GiB a second, for each process that reads."""
    slowness: Mapping[str, float]
    """How many times longer than on an H100 a generation of GPUs takes."""


@cache
def engine_figures(name: Set) -> EngineFigures:
    """A set of coefficients: ``low``, ``expected`` or ``slow``."""
    return EngineFigures(**table()["engine"][name])


def since(piece: Literal["imports", "compile", "graphs"]) -> tuple[int, int]:
    """The version of vLLM, as major and minor, from which on the figures of a piece hold without its factor for older ones."""
    major, minor = table()["versions"][piece]
    return major, minor


@cache
def table() -> Mapping[str, Any]:
    """The whole file."""
    return read_table("coldstart.json")
