"""Requests to the planner, and its answers."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from planner.catalog.gpus import GpuMemory
from planner.catalog.instances import InstanceType
from planner.memory.features import Features
from planner.memory.host_buffers import HostBuffers
from planner.memory.vllm_version import MODELED_VERSION, VllmVersion
from planner.model.architecture import ModelArchitecture

DEFAULT_UTILIZATION = 0.9


class FitStatus(StrEnum):
    """Whether a deployment starts."""

    FITS = "fits"
    """vLLM starts, and one request of the longest length fits."""
    REFUSED = "refused"
    """vLLM refuses to start, or the GPU cannot run it."""
    UNKNOWN = "unknown"
    """The planner cannot tell: the model is beyond it, or the memory is too close."""


@dataclass(frozen=True, kw_only=True)
class FitRequest(Features):
    """A model on GPUs, and the options of ``vllm serve`` that bear on memory."""

    shape: ModelArchitecture
    """The model's dimensions."""
    gpu: GpuMemory
    """The GPU."""
    gpus: int = 1
    """GPUs at hand."""
    machine: InstanceType | None = None
    """The instance type they are in, where there is one."""
    tensor_parallel: int = 1
    """GPUs each layer is split over."""
    pipeline_parallel: int = 1
    """Stages the layers are dealt to."""
    dtype: str = "auto"
    """Number format of weights that are not quantized, and of activations."""
    quantization: str | None = None
    """Quantization vLLM applies while it loads; None for what the checkpoint has."""
    kv_cache_dtype: str = "auto"
    """Number format of the KV cache."""
    utilization: float = DEFAULT_UTILIZATION
    """Share of each GPU's memory vLLM may take."""
    max_model_len: int | None = None
    """Longest prompt plus answer in tokens; None for the model's own."""
    max_num_seqs: int | None = None
    """Requests that run at once; None for vLLM's default on this GPU."""
    max_num_batched_tokens: int | None = None
    """Tokens of one step; None for vLLM's default on this GPU."""
    enforce_eager: bool = False
    """Whether CUDA graphs are left out."""
    engine: VllmVersion = field(default=VllmVersion(*MODELED_VERSION))
    """Version of vLLM."""
    offload_gib: float = 0.0
    """Weights each GPU leaves in main memory, in GiB."""
    buffers: HostBuffers = field(default=HostBuffers())
    """Main memory that options keep for the KV cache and the like."""
    from_bucket: bool = True
    """Whether the weights are streamed from the bucket, through buffers in main memory; else they come from the Hub."""
    stored_bytes: int | None = None
    """Size of the files that hold the published weights, where it is known."""
    concurrency: int | None = None
    """Requests of ``max_model_len`` that must fit at once; None for one."""

    @property
    def workers(self) -> int:
        """GPUs of one deployment, each with a process."""
        return self.tensor_parallel * self.pipeline_parallel * self.data_parallel


@dataclass(frozen=True, kw_only=True)
class PerGpu:
    """GiB on the GPU that decides."""

    visible: float
    """Total memory CUDA shows."""
    weights: float
    """Weights."""
    activation: float | None
    """Peak of the profiling run; None where it is not computed."""
    non_torch: float
    """CUDA runtime, libraries, NCCL."""
    cuda_graphs: float
    """CUDA graphs; before vLLM 0.20 beside the budget, since then within it."""
    kv: float | None
    """Left for the KV cache; negative where even the rest does not fit, None where there is none or it is not computed."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """GiB of main memory of the replica's pod."""

    pod: float
    """Its limit: its share of the instance."""
    needed: float
    """What starting takes: processes, offloaded weights, buffers."""
    buffers: float
    """The buffers for weights from the bucket, of it."""
    kept: float = 0.0
    """What options keep for the KV cache and the like, of it."""


@dataclass(frozen=True)
class Reason:
    """One thing that decided against it."""

    about: str
    """The option it is about, as :class:`FitRequest` names it; ``memory``, ``engine`` or ``shape`` where it is none."""
    text: str
    """What is wrong, with numbers and a fix."""

    def __str__(self) -> str:
        """The line people read."""
        return self.text


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The planner's answer."""

    status: FitStatus
    """Whether it starts."""
    problems: tuple[Reason, ...]
    """What decided against it; empty when it fits."""
    notes: tuple[str, ...]
    """What else is worth knowing."""
    per_gpu: PerGpu | None
    """Memory of the GPU that decides; None where the model's dimensions are not computed."""
    kv_tokens: int | None
    """Tokens of the KV cache, as vLLM prints them; None where there is no cache, as in encoders, or it is not computed."""
    kv_tokens_range: tuple[int, int] | None
    """Within which vLLM's figure should lie; None with ``kv_tokens``."""
    max_request_tokens: int | None
    """Longest single request that fits, at most what the model was made for; None with ``kv_tokens``."""
    concurrent_requests: float | None
    """Requests of ``max_model_len`` that fit at once; None with ``kv_tokens``."""
    max_model_len: int
    """Longest request it was estimated for."""
    max_num_seqs: int
    """Requests that run at once."""
    max_num_batched_tokens: int
    """Tokens of one step."""
    dtype: str
    """Number format of activations."""
    weights_gib: float | None
    """The published weights, in GiB: what is downloaded; None where they are not computed and no file states them."""
    host: Host | None
    """Main memory; None where no instance type was named."""
    engine: VllmVersion
    """Version of vLLM it models."""

    @property
    def fits(self) -> bool:
        """Whether it starts."""
        return self.status is FitStatus.FITS

    @property
    def reasons(self) -> tuple[str, ...]:
        """What decided against it, each with numbers and a fix."""
        return tuple(map(str, self.problems))

    def as_json(self) -> dict[str, Any]:
        """The answer as plain data."""
        memory = self.per_gpu
        return {
            "fits": self.fits,
            "verdict": self.status.value,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "per_gpu": {
                name: _rounded(getattr(memory, name))
                for name in ("visible", "weights", "activation", "non_torch", "cuda_graphs", "kv")
            }
            if memory
            else None,
            "host": {name: round(getattr(self.host, name), 2) for name in ("pod", "needed", "buffers", "kept")}
            if self.host
            else None,
            "kv_tokens": self.kv_tokens,
            "kv_tokens_range": None if self.kv_tokens_range is None else list(self.kv_tokens_range),
            "max_request_tokens": self.max_request_tokens,
            "concurrent_requests": _rounded(self.concurrent_requests),
            "max_model_len": self.max_model_len,
            "max_num_seqs": self.max_num_seqs,
            "max_num_batched_tokens": self.max_num_batched_tokens,
            "dtype": self.dtype,
            "weights_gib": _rounded(self.weights_gib),
            "vllm": str(self.engine),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
