"""The memory of every GPU of a deployment: what each part takes, and what is left for the KV cache."""

import math
from dataclasses import dataclass

from planner.memory.activation import Activation, activation, runs_on_second
from planner.memory.kv_cache import KvLayout, kv_layout
from planner.memory.overhead import graph_bytes, graphs, non_torch
from planner.memory.placement import Stage, stages
from planner.memory.vllm_version import GIB, VllmVersion
from planner.memory.weights import stage_weights
from planner.model.architecture import ModelArchitecture
from planner.model.quantization import Quantization

_WEIGHTS_SHARE, _WEIGHTS_FIXED = 0.004, 0.04
_ACTIVATION_SHARE, _ACTIVATION_FIXED = 0.12, 0.06
_GRAPHS_SHARE = 0.45
_ALONE_SPREAD, _TOGETHER_SPREAD = 0.1, 0.5
_VISIBLE_SHARE = 0.002
_UNMEASURED_VISIBLE_SHARE = 0.015
_TUNING_SPREAD = 0.35
_VISION_SPREAD = 1.2
_UNFAMILIAR_SHARE = 0.06
_UNCOVERED_SHARE = 0.25
SPREADS = 2.0
"""The range reaches this many spreads to either side of the estimate."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Everything that decides the memory of a GPU, nothing left to default."""

    shape: ModelArchitecture
    """The model."""
    gpu: str
    """Name of the GPU."""
    visible: float
    """Bytes CUDA shows of it."""
    visible_measured: bool
    """Whether that was measured."""
    nvlink: bool
    """Whether NVLink joins the GPUs."""
    tensor_parallel: int
    """GPUs each layer is split over."""
    pipeline_parallel: int
    """Stages."""
    dtype: str
    """Number format of activations and of weights that are not quantized."""
    quantization: Quantization
    """How linear layers are stored."""
    cache_dtype: str
    """Number format of the KV cache, ``auto`` for that of the model."""
    utilization: float
    """Share of the visible memory vLLM may take."""
    max_model_len: int
    """Longest request."""
    sequences: int
    """``max_num_seqs``."""
    batched_tokens: int
    """``max_num_batched_tokens``."""
    eager: bool
    """Whether no CUDA graphs are captured."""
    engine: VllmVersion
    """Version of vLLM."""
    offload: float = 0.0
    """Bytes of weights that stay in main memory, per GPU."""


@dataclass(frozen=True, kw_only=True)
class StageMemory:
    """Bytes on each GPU of one stage."""

    weights: float
    """Weights."""
    activation: Activation
    """Peak of the profiling run."""
    non_torch: float
    """CUDA runtime, libraries, NCCL."""
    graphs: float
    """CUDA graphs."""
    graphs_reserved: bool
    """Whether they are taken off before the KV cache is sized."""
    layout: KvLayout
    """How the KV cache is laid out."""
    available: float
    """Bytes left for the KV cache; negative where nothing is."""
    spread: float
    """Bytes by which ``available`` may be off, one way, in most cases."""


@dataclass(frozen=True, kw_only=True)
class MemoryEstimate:
    """A deployment's memory; the stage with the fewest tokens decides."""

    deployment: Deployment
    """What was estimated."""
    stage: StageMemory
    """The stage that decides."""
    kv_tokens: int
    """Tokens as vLLM prints them."""
    kv_tokens_range: tuple[int, int]
    """Within which the printed figure should lie."""
    max_request_tokens: int
    """Longest single request that fits, whatever the model was made for."""
    concurrent_requests: float
    """Requests of ``max_model_len`` at once."""

    @property
    def needed(self) -> float:
        """Bytes one request of ``max_model_len`` needs."""
        return self.stage.layout.request_bytes(self.deployment.max_model_len)

    @property
    def margin(self) -> float:
        """Bytes by which one request fits; negative where it does not."""
        return self.stage.available - self.needed


def estimate_memory(deployment: Deployment) -> MemoryEstimate:
    """Estimate the memory of every stage."""
    memories = [_stage_memory(deployment, stage) for stage in stages(deployment.shape, deployment.pipeline_parallel)]
    longest = deployment.max_model_len
    decisive = min(memories, key=lambda memory: memory.available / memory.layout.request_bytes(longest))
    layout, far = decisive.layout, SPREADS * decisive.spread
    limit = max(longest, deployment.shape.max_positions, 16) * 64
    return MemoryEstimate(
        deployment=deployment,
        stage=decisive,
        kv_tokens=layout.tokens(decisive.available, longest),
        kv_tokens_range=(
            layout.tokens(decisive.available - far, longest),
            layout.tokens(decisive.available + far, longest),
        ),
        max_request_tokens=layout.longest_request(decisive.available, limit),
        concurrent_requests=layout.concurrency(decisive.available, longest),
    )


def _stage_memory(deployment: Deployment, stage: Stage) -> StageMemory:
    shape, engine = deployment.shape, deployment.engine
    weights = stage_weights(
        shape,
        stage,
        tensor_parallel=deployment.tensor_parallel,
        quantization=deployment.quantization,
        dtype=deployment.dtype,
        longest=min(max(deployment.max_model_len, shape.max_positions), 1_048_576),
        inner_multiple=engine.expert_multiple,
    )
    weights = max(0.0, weights - deployment.offload)
    peak = activation(
        shape,
        stage,
        tensor_parallel=deployment.tensor_parallel,
        dtype=deployment.dtype,
        engine=engine,
        quantization=deployment.quantization,
        sequences=deployment.sequences,
        batched_tokens=deployment.batched_tokens,
        pipeline_parallel=deployment.pipeline_parallel,
        eager=deployment.eager,
    )
    outside = non_torch(
        nvlink=deployment.nvlink,
        engine=engine,
        tensor_parallel=deployment.tensor_parallel,
        pipeline_parallel=deployment.pipeline_parallel,
    )
    captured = graphs(sequences=deployment.sequences, batched_tokens=deployment.batched_tokens)
    graphed = 0.0 if deployment.eager else graph_bytes(captured, layers=len(stage.layers))
    second = runs_on_second(shape, engine, deployment.quantization)
    reserved = engine.reserves_graphs(runner_2=second) and not deployment.eager
    layout = kv_layout(
        shape,
        stage,
        tensor_parallel=deployment.tensor_parallel,
        dtype=deployment.dtype,
        cache_dtype=deployment.cache_dtype,
        engine=engine,
        batched_tokens=deployment.batched_tokens,
    )
    budget = deployment.visible * deployment.utilization
    return StageMemory(
        weights=weights,
        activation=peak,
        non_torch=outside,
        graphs=graphed,
        graphs_reserved=reserved,
        layout=layout,
        available=budget - weights - peak.peak - outside - (graphed if reserved else 0),
        spread=_spread(deployment, weights, peak.peak, graphed if reserved else 0),
    )


def _spread(deployment: Deployment, weights: float, peak: float, graphed: float) -> float:
    """Root of the squared errors of the parts, which are independent; each was seen in the rows."""
    shape = deployment.shape
    together = deployment.tensor_parallel > 1 or deployment.pipeline_parallel > 1
    parts = [
        _WEIGHTS_SHARE * weights + _WEIGHTS_FIXED * GIB,
        _ACTIVATION_SHARE * peak + _ACTIVATION_FIXED * GIB,
        _GRAPHS_SHARE * graphed,
        (_TOGETHER_SPREAD if together else _ALONE_SPREAD) * GIB,
        (_VISIBLE_SHARE if deployment.visible_measured else _UNMEASURED_VISIBLE_SHARE) * deployment.visible,
    ]
    if deployment.engine.tunes_while_profiling and not deployment.eager:
        parts.append(_TUNING_SPREAD * GIB)
    if shape.vision:
        parts.append(_VISION_SPREAD * GIB)
    if not shape.familiar:
        parts.append(_UNFAMILIAR_SHARE * weights)
    if shape.uncovered:
        parts.append(_UNCOVERED_SHARE * (weights + deployment.visible / 4))
    return math.hypot(*parts)
