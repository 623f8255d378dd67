"""Seconds of one step of an engine, from the data sheet of the GPU and the size of the model.

A step reads the weights and the KV cache of every request in it from the GPU's memory, or computes the prompts in it,
whichever takes longer. It reaches 77 % of the memory's data sheet, as measured at one request on an A100 40GB
(https://johnmusgrave.com/p/vllm-throughput-latency-sweep-on); what others measured, and what the step of this file is for
their set-up, is in ``tests/rehearsal/images/vllm/simulation/test_speed.py``. Prompts are computed at half of the data sheet's
dense 16-bit throughput, which is assumed.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from planner.catalog.gpus import UnknownGpuError, gpu_named
from planner.catalog.models import KnownModel, known_model, known_models
from planner.cost.active import active_share
from planner.fit import fit
from planner.model.parameters import total
from planner.request import FitRequest
from planner.units import GIB

MEMORY_SHARE = 0.77
COMPUTE_SHARE = 0.5
_OTHER_GPU = "A10G"
_OTHER_MODEL = "meta-llama/Llama-3.1-8B-Instruct"


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What one replica does in a second.

    Attributes:
        weights_bytes: Bytes that a step reads of the weights.
        kv_bytes: Bytes that a token takes in the KV cache.
        parameters: Parameters that a token passes.
        bytes_per_second: Of the memory of its GPUs together, as the data sheet has it.
        flops: Dense 16-bit operations a second of its GPUs together, as the data sheet has it.
        kv_tokens: Tokens that the KV cache holds.
    """

    weights_bytes: float
    kv_bytes: float
    parameters: float
    bytes_per_second: float
    flops: float
    kv_tokens: int

    def step(self, held: int, read: int) -> float:
        """Seconds of one step.

        Args:
            held: Tokens in the KV cache of the requests in it.
            read: Tokens of prompts that it computes.
        """
        memory = (self.weights_bytes + held * self.kv_bytes) / (MEMORY_SHARE * self.bytes_per_second)
        return max(memory, 2 * self.parameters * read / (COMPUTE_SHARE * self.flops))


def speed_of(
    model: str, gpu: str, *, gpus: int = 1, utilization: float = 0.9, max_model_len: int | None = None
) -> tuple[Speed, str]:
    """The speed of a replica, and the model and GPU that it is that of.

    A model or GPU that the planner's tables lack is taken for an 8B in 16 bits and an A10G.

    Args:
        model: Name on the Hub, or where the weights are; its last part decides.
        gpu: Such as ``L40S``.
        gpus: GPUs that each layer is split over.
        utilization: Share of each GPU's memory that the engine takes.
        max_model_len: Longest request in tokens.
    """
    known = _model(model)
    try:
        memory = gpu_named(gpu or _OTHER_GPU)
    except UnknownGpuError:
        memory = gpu_named(_OTHER_GPU)
    row = _data_sheets().get(memory.name) or _data_sheets()[_OTHER_GPU]
    request = FitRequest(
        shape=known.shape,
        gpu=memory,
        gpus=gpus,
        tensor_parallel=gpus,
        utilization=utilization,
        max_model_len=max_model_len,
        dtype="auto" if memory.bfloat16 else "float16",
    )
    found = fit(request, advise=False)
    share = active_share(known.name)
    kv_tokens = found.kv_tokens or 0
    per_gpu = found.per_gpu
    kv_gib = per_gpu.kv if per_gpu and per_gpu.kv else 0.0
    speed = Speed(
        weights_bytes=(found.weights_gib or 0.0) * GIB * share,
        kv_bytes=kv_gib * GIB * gpus / kv_tokens if kv_tokens else 0.0,
        parameters=total(known.shape) * share,
        bytes_per_second=row["gb_per_s"] * 1e9 * gpus,
        flops=row["tflops_16bit"] * 1e12 * gpus,
        kv_tokens=kv_tokens,
    )
    return speed, f"{known.name} on {gpus} x {memory.name}"


def _model(name: str) -> KnownModel:
    found = known_model(name)
    if found is not None:
        return found
    last = name.rstrip("/").rpartition("/")[2].lower()
    for entry in known_models():
        if last in {one.rpartition("/")[2].lower() for one in (entry.name, *entry.aliases)}:
            return entry
    other = known_model(_OTHER_MODEL)
    assert other is not None  # noqa: S101 - it is in the catalogue
    return other


@cache
def _data_sheets() -> dict[str, dict[str, float]]:
    text = resources.files("planner").joinpath("data", "gpu-speed.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, float]] = json.loads(text)["gpus"]
    return table
