"""The memory of every GPU of a deployment: what each part takes, and what is left for the KV cache."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from planner.memory.activation import Activation, activation, runs_on_second
from planner.memory.cache_support import unknown_cache
from planner.memory.deployment import Deployment
from planner.memory.kv_cache import NO_CACHE, KvLayout, UnknownCacheError, kv_layout
from planner.memory.lora import lora_bytes
from planner.memory.overhead import CONTEXT, graph_bytes, graphs, non_torch
from planner.memory.placement import Stage, stages
from planner.memory.speculation import draft_attentions, draft_weights
from planner.memory.weights import stage_weights
from planner.units import GIB

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
    given: bool
    """Whether the size of the KV cache was given, in bytes or blocks."""
    room: float
    """Bytes that are there for the KV cache whatever the budget: what a size that was given may take."""


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
    unknown: tuple[str, ...] = ()
    """What of the memory is not known; the figures are without it."""

    def needed(self, requests: int = 1) -> float:
        """Bytes that so many requests of ``max_model_len`` need at once."""
        return self.stage.layout.request_bytes(self.deployment.max_model_len, requests)

    def margin(self, requests: int = 1) -> float:
        """Bytes by which so many requests fit; negative where they do not, or a given size is more than there is.

        A size that was given is certain: it holds the requests, or misses them without a doubt.
        """
        spare, room = self.stage.available - self.needed(requests), self.stage.room - self.stage.available
        if not self.stage.given:
            return min(spare, room)
        return room if spare >= 0 else -math.inf


def estimate_memory(deployment: Deployment) -> MemoryEstimate:
    """Estimate the memory of every stage."""
    memories = [_stage_memory(deployment, stage) for stage in stages(deployment.shape, deployment.pipeline_parallel)]
    longest = deployment.max_model_len
    decisive = min(memories, key=lambda memory: memory.available / max(1.0, memory.layout.request_bytes(longest)))
    layout, far = decisive.layout, 0.0 if decisive.given else SPREADS * decisive.spread
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
        unknown=tuple(_unknown(deployment)),
    )


def _unknown(deployment: Deployment) -> Iterator[str]:
    yield from unknown_cache(deployment.shape, deployment.cache_options)
    unknown = deployment.speculation.unknown(deployment.shape) if deployment.speculation else None
    if unknown:
        yield unknown
    try:
        _layout(deployment, stages(deployment.shape, 1)[0])
    except UnknownCacheError as error:
        yield str(error)


def _layout(deployment: Deployment, stage: Stage) -> KvLayout:
    draft = draft_attentions(deployment.shape, deployment.speculation)
    return kv_layout(deployment.shape, stage, deployment.cache_options, draft)


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
        experts=deployment.experts,
    )
    weights = max(0.0, weights - deployment.offload) + _beside_weights(deployment, stage)
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
        experts=deployment.experts,
        drafted=deployment.speculation.tokens if deployment.speculation else 0,
        data_parallel=deployment.data_parallel,
    )
    outside = non_torch(
        nvlink=deployment.nvlink,
        engine=engine,
        tensor_parallel=deployment.tensor_parallel * deployment.data_parallel,
        pipeline_parallel=deployment.pipeline_parallel,
    )
    captured = graphs(sequences=deployment.sequences, batched_tokens=deployment.batched_tokens)
    sets = 2 if deployment.lora else 1  # with adapters in the batch and without
    graphed = 0.0 if deployment.eager else sets * graph_bytes(captured, layers=len(stage.layers))
    second = runs_on_second(shape, engine, deployment.quantization)
    reserved = engine.reserves_graphs(runner_2=second) and not deployment.eager
    try:
        layout = _layout(deployment, stage)
    except UnknownCacheError:
        layout = NO_CACHE  # the estimate says so
    taken = weights + peak.peak + outside
    budget = deployment.visible * deployment.utilization - taken - (graphed if reserved else 0)
    given = deployment.cache.kv_cache_memory_bytes
    if layout.given_blocks is not None:
        given = layout.given_blocks * layout.block_bytes
    return StageMemory(
        weights=weights,
        activation=peak,
        non_torch=outside,
        graphs=graphed,
        graphs_reserved=reserved,
        layout=layout,
        available=budget if given is None else given,
        spread=_spread(deployment, weights, peak.peak, graphed if reserved else 0),
        given=given is not None,
        room=math.inf if given is None else deployment.visible - CONTEXT - taken - graphed,
    )


def _beside_weights(deployment: Deployment, stage: Stage) -> float:
    """Bytes on a GPU of a stage beside the model's own weights: the draft's, and buffers for adapters."""
    shape, taken = deployment.shape, 0.0
    if stage.last:
        taken += draft_weights(
            shape,
            deployment.speculation,
            tensor_parallel=deployment.tensor_parallel,
            quantization=deployment.quantization,
            dtype=deployment.dtype,
            engine=deployment.engine,
            experts=deployment.experts,
        )
    if deployment.lora:
        taken += lora_bytes(
            shape,
            stage,
            deployment.lora,
            tensor_parallel=deployment.tensor_parallel,
            dtype=deployment.dtype,
            engine=deployment.engine,
            experts=deployment.experts,
        )
    return taken


def _spread(deployment: Deployment, weights: float, peak: float, graphed: float) -> float:
    """Root of the squared errors of the parts, which are independent; each was seen in the rows."""
    shape = deployment.shape
    together = deployment.tensor_parallel * deployment.pipeline_parallel * deployment.data_parallel > 1
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
    if shape.uncovered or shape.unmeasured:
        parts.append(_UNCOVERED_SHARE * (weights + deployment.visible / 4))
    return math.hypot(*parts)
