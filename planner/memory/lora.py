"""Buffers for LoRA adapters, which vLLM allocates in full when it starts.

After ``lora/layers`` of vLLM 0.8 to 0.32: for each of ``max_loras`` adapters, each linear layer gets a matrix of its input
times ``max_lora_rank`` and one of the rank times its output. A layer that is split by columns holds its share of the second,
one split by rows its share of the first; ``fully_sharded_loras`` splits the other one too. Adapters of routed experts came
with 0.11. Some architectures have adapters for the embedding and the output layer, which are not split.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from planner.memory.placement import ExpertSplit, Stage
from planner.memory.vllm_version import VllmVersion
from planner.memory.weights import DTYPE_BYTES
from planner.model.architecture import ModelArchitecture
from planner.model.layers import (
    Attention,
    DeltaNet,
    FeedForward,
    Layer,
    LinearAttention,
    Mixer,
    Mlp,
    ShortConvolution,
    StateSpace,
)

_EXPERTS_SINCE = 11
WITH_EMBEDDINGS = frozenset(
    {
        *("llama", "mistral", "mixtral", "apertus", "cohere", "cohere2", "exaone", "exaone4", "falcon_h1", "granite"),
        *("granitemoe", "granitemoehybrid", "granitemoeshared", "jamba", "lfm2", "lfm2_moe", "minicpm", "nemotron"),
        *("nemotron_h", "nemotron-nas", "phimoe", "solar", "bamba"),
    }
)
"""``model_type`` of the classes that name ``embedding_modules`` in every release since 0.12."""
EMBEDDINGS_SINCE = MappingProxyType({"qwen3": 16, "qwen3_moe": 16, "qwen3_5": 29, "qwen3_5_moe": 29})
"""``model_type`` of the classes that name them since a later release, whose minor version it is."""


@dataclass(frozen=True, kw_only=True)
class Lora:
    """The options of ``enable_lora``."""

    adapters: int = 1
    """``max_loras``: adapters in one batch."""
    rank: int = 16
    """``max_lora_rank``."""
    dtype: str = "auto"
    """``lora_dtype``."""
    sharded: bool = False
    """``fully_sharded_loras``."""
    in_main_memory: int | None = None
    """``max_cpu_loras``: adapters kept in main memory; None for as many as in a batch."""


class _Cut(Enum):
    COLUMNS = "columns"
    ROWS = "rows"
    WHOLE = "whole"


@dataclass(frozen=True, kw_only=True)
class _Linear:
    into: int
    out: int
    cut: _Cut
    copies: float = 1
    """How many of them a GPU has, of experts those of the GPU."""
    kv_heads: int = 0


def lora_bytes(
    shape: ModelArchitecture,
    stage: Stage,
    lora: Lora,
    *,
    tensor_parallel: int,
    dtype: str,
    engine: VllmVersion,
    experts: ExpertSplit,
) -> float:
    """Bytes of the buffers for adapters on one GPU of a stage."""
    numbers = 0.0
    for kind in shape.kinds(stage.layers):
        layers = _linears(shape.hidden, kind.layer, experts, with_experts=engine.since(_EXPERTS_SINCE))
        numbers += kind.count * sum(_numbers(linear, lora, tensor_parallel) for linear in layers)
    if _adapts_embeddings(shape.model_type, engine):
        ends = int(stage.first) + int(stage.last)
        numbers += ends * lora.rank * (shape.vocab + shape.hidden)
    width = DTYPE_BYTES[dtype if lora.dtype == "auto" else lora.dtype]
    return lora.adapters * numbers * width


def _adapts_embeddings(model_type: str, engine: VllmVersion) -> bool:
    since = EMBEDDINGS_SINCE.get(model_type)
    return model_type in WITH_EMBEDDINGS or (since is not None and engine.since(since))


def adapter_bytes(shape: ModelArchitecture, lora: Lora) -> float:
    """Bytes of one adapter of the largest rank, whole, as it is kept in main memory."""
    whole = Stage(layers=range(len(shape.layers)), first=True, last=True)
    one = Lora(rank=lora.rank, dtype=lora.dtype)
    newest = VllmVersion(0, _EXPERTS_SINCE)
    return lora_bytes(
        shape, whole, one, tensor_parallel=1, dtype=shape.dtype, engine=newest, experts=ExpertSplit(ranks=1)
    )


def _numbers(linear: _Linear, lora: Lora, degree: int) -> float:
    into, out = lora.rank * linear.into, lora.rank * linear.out
    other = degree if lora.sharded else 1
    match linear.cut:
        case _Cut.COLUMNS:
            local = max(1, linear.kv_heads // degree) / linear.kv_heads if linear.kv_heads else 1 / degree
            return linear.copies * (into / other + out * local)
        case _Cut.ROWS:
            return linear.copies * (into / degree + out / other)
        case _Cut.WHOLE:
            return linear.copies * (into + out)


def _linears(hidden: int, layer: Layer, experts: ExpertSplit, *, with_experts: bool) -> Iterator[_Linear]:
    for mixer in layer.mixers:
        yield from _of_mixer(hidden, mixer)
    for part in layer.feed_forward:
        yield from _of_network(hidden, part, experts, with_experts=with_experts)


def _of_mixer(hidden: int, mixer: Mixer) -> Iterator[_Linear]:
    match mixer:
        case Attention(latent=latent) if latent:
            head = latent.nope_dim + latent.rope_dim
            compressed = latent.kv_rank + latent.rope_dim
            if latent.q_rank:
                yield _Linear(into=hidden, out=latent.q_rank, cut=_Cut.WHOLE)
            yield _Linear(into=hidden, out=compressed, cut=_Cut.WHOLE)
            yield _Linear(into=latent.q_rank or hidden, out=mixer.heads * head, cut=_Cut.COLUMNS)
            up = mixer.heads * (latent.nope_dim + latent.value_dim)
            yield _Linear(into=latent.kv_rank, out=up, cut=_Cut.COLUMNS)
            yield _Linear(into=mixer.heads * latent.value_dim, out=hidden, cut=_Cut.ROWS)
        case Attention():
            queries = mixer.heads * mixer.head_dim * (2 if mixer.output_gate else 1)
            yield _Linear(into=hidden, out=queries, cut=_Cut.COLUMNS)
            if not mixer.shares_kv:
                for head_dim in (mixer.head_dim, mixer.value_dim):
                    out = mixer.kv_heads * head_dim
                    yield _Linear(into=hidden, out=out, cut=_Cut.COLUMNS, kv_heads=mixer.kv_heads)
            yield _Linear(into=mixer.heads * mixer.value_dim, out=hidden, cut=_Cut.ROWS)
        case StateSpace():
            out = 2 * mixer.inner + (2 * mixer.groups * mixer.state + mixer.heads if mixer.version > 1 else 0)
            yield _Linear(into=hidden, out=out, cut=_Cut.COLUMNS)
            yield _Linear(into=mixer.inner, out=hidden, cut=_Cut.ROWS)
        case DeltaNet():
            values = mixer.value_heads * mixer.value_dim
            out = 2 * mixer.key_heads * mixer.key_dim + 2 * values + 2 * mixer.value_heads
            yield _Linear(into=hidden, out=out, cut=_Cut.COLUMNS)
            yield _Linear(into=values, out=hidden, cut=_Cut.ROWS)
        case ShortConvolution():
            yield _Linear(into=hidden, out=3 * mixer.width, cut=_Cut.COLUMNS)
            yield _Linear(into=mixer.width, out=hidden, cut=_Cut.ROWS)
        case LinearAttention():
            yield _Linear(into=hidden, out=4 * mixer.heads * mixer.head_dim, cut=_Cut.COLUMNS)
            yield _Linear(into=mixer.heads * mixer.head_dim, out=hidden, cut=_Cut.ROWS)


def _of_network(hidden: int, part: FeedForward, split: ExpertSplit, *, with_experts: bool) -> Iterator[_Linear]:
    if isinstance(part, Mlp):
        yield from _of_mlp(hidden, part.intermediate, gated=part.gated)
        return
    yield _Linear(into=hidden, out=part.count, cut=_Cut.WHOLE)
    if part.shared_intermediate:
        yield from _of_mlp(hidden, part.shared_intermediate, gated=part.gated)
    if with_experts:
        local, inner = split.local(part.count), split.inner(part.intermediate)
        width = part.latent_width or hidden
        for _ in range(2 if part.gated else 1):
            yield _Linear(into=width, out=round(inner), cut=_Cut.WHOLE, copies=local)
        yield _Linear(into=round(inner), out=width, cut=_Cut.WHOLE, copies=local)


def _of_mlp(hidden: int, inner: int, *, gated: bool) -> Iterator[_Linear]:
    for _ in range(2 if gated else 1):
        yield _Linear(into=hidden, out=inner, cut=_Cut.COLUMNS)
    yield _Linear(into=inner, out=hidden, cut=_Cut.ROWS)
