"""Every weight of a model: how many parameters, of what kind, and how tensor parallelism splits them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from planner.model.architecture import Experts, Latent, ModelArchitecture

VOCAB_MULTIPLE = 64
"""vLLM pads the vocabulary to a multiple of this (and of the tensor parallel degree)."""


class Split(Enum):
    """What tensor parallelism does with a weight."""

    EVENLY = "evenly"
    """Each GPU has its share."""
    BY_KV_HEADS = "by_kv_heads"
    """Each GPU has its share of the KV heads, at least one."""
    WHOLE = "whole"
    """Each GPU has all of it."""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One weight, or several of a kind."""

    module: str
    """Its module's name below the layer, such as ``self_attn.q_proj``."""
    count: int
    """Parameters."""
    split: Split = Split.EVENLY
    """How tensor parallelism splits it."""
    linear: bool = True
    """Whether quantization reaches it."""
    expert: bool = False
    """Whether it belongs to routed experts."""


def embedding(shape: ModelArchitecture) -> Weight:
    """The embedding of tokens."""
    positions = shape.learned_positions * shape.hidden
    return Weight(module="embed_tokens", count=shape.vocab * shape.hidden + positions, linear=False)


def head(shape: ModelArchitecture) -> Weight | None:
    """The output layer, unless it is the embedding."""
    if shape.tied:
        return None
    return Weight(module="lm_head", count=shape.vocab * shape.hidden, linear=False)


def final_norm(shape: ModelArchitecture) -> Weight:
    """The norm after the last layer."""
    return Weight(module="norm", count=shape.hidden * (2 if shape.norm_bias else 1), split=Split.WHOLE, linear=False)


def layer(shape: ModelArchitecture, index: int) -> Iterator[Weight]:
    """The weights of one decoder layer."""
    norms = shape.layer_norms * shape.hidden * (2 if shape.norm_bias else 1)
    yield Weight(module="norms", count=norms + shape.qk_norm, split=Split.WHOLE, linear=False)
    yield from _latent_attention(shape, shape.latent) if shape.latent else _attention(shape)
    if shape.experts and shape.has_experts(index):
        yield from _mixture(shape, shape.experts)
    else:
        yield from _mlp("mlp", shape.hidden, shape.intermediate, gated=shape.gated_mlp, bias=shape.mlp_bias)


def total(shape: ModelArchitecture) -> int:
    """Parameters of the whole model, its vision tower included."""
    count = embedding(shape).count + final_norm(shape).count
    output = head(shape)
    count += output.count if output else 0
    count += sum(weight.count for index in range(shape.layers) for weight in layer(shape, index))
    return count + (shape.vision.parameters if shape.vision else 0)


def _attention(shape: ModelArchitecture) -> Iterator[Weight]:
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    yield Weight(module="self_attn.q_proj", count=shape.hidden * queries)
    yield Weight(module="self_attn.k_proj", count=shape.hidden * keys, split=Split.BY_KV_HEADS)
    yield Weight(module="self_attn.v_proj", count=shape.hidden * keys, split=Split.BY_KV_HEADS)
    yield Weight(module="self_attn.o_proj", count=queries * shape.hidden)
    if shape.qkv_bias:
        yield Weight(module="self_attn.qkv_bias", count=queries + 2 * keys, linear=False)
    if shape.o_bias:
        yield Weight(module="self_attn.o_bias", count=shape.hidden, split=Split.WHOLE, linear=False)
    if shape.sinks:
        yield Weight(module="self_attn.sinks", count=shape.heads, linear=False)


def _latent_attention(shape: ModelArchitecture, latent: Latent) -> Iterator[Weight]:
    head_width = latent.nope_dim + latent.rope_dim
    queries = shape.heads * head_width
    if latent.q_rank:
        yield Weight(module="self_attn.q_a_proj", count=shape.hidden * latent.q_rank, split=Split.WHOLE)
        yield Weight(module="self_attn.q_b_proj", count=latent.q_rank * queries)
        yield Weight(module="self_attn.q_a_layernorm", count=latent.q_rank, split=Split.WHOLE, linear=False)
    else:
        yield Weight(module="self_attn.q_proj", count=shape.hidden * queries)
    compressed = latent.kv_rank + latent.rope_dim
    yield Weight(module="self_attn.kv_a_proj_with_mqa", count=shape.hidden * compressed, split=Split.WHOLE)
    yield Weight(module="self_attn.kv_a_layernorm", count=latent.kv_rank, split=Split.WHOLE, linear=False)
    yield Weight(
        module="self_attn.kv_b_proj", count=latent.kv_rank * shape.heads * (latent.nope_dim + latent.value_dim)
    )
    yield Weight(module="self_attn.o_proj", count=shape.heads * latent.value_dim * shape.hidden)


def _mlp(module: str, width: int, inner: int, *, gated: bool, bias: bool) -> Iterator[Weight]:
    if gated:
        yield Weight(module=f"{module}.gate_proj", count=width * inner)
    yield Weight(module=f"{module}.up_proj", count=width * inner)
    yield Weight(module=f"{module}.down_proj", count=inner * width)
    if bias:
        yield Weight(module=f"{module}.bias", count=inner * (2 if gated else 1), linear=False)
        yield Weight(module=f"{module}.down_bias", count=width, split=Split.WHOLE, linear=False)


def _mixture(shape: ModelArchitecture, experts: Experts) -> Iterator[Weight]:
    router = shape.hidden * experts.count + (experts.count if experts.router_bias else 0)
    yield Weight(module="mlp.gate", count=router, split=Split.WHOLE, linear=False)
    inner = experts.count * experts.intermediate
    yield Weight(module="mlp.experts.0.gate_proj", count=shape.hidden * inner, expert=True)
    yield Weight(module="mlp.experts.0.up_proj", count=shape.hidden * inner, expert=True)
    yield Weight(module="mlp.experts.0.down_proj", count=inner * shape.hidden, expert=True)
    if experts.bias:
        yield Weight(module="mlp.experts.bias", count=2 * inner, linear=False, expert=True)
        yield Weight(
            module="mlp.experts.down_bias", count=experts.count * shape.hidden, split=Split.WHOLE, linear=False
        )
    if experts.shared_intermediate:
        yield from _mlp("mlp.shared_experts", shape.hidden, experts.shared_intermediate, gated=True, bias=False)
    if experts.shared_gate:
        yield Weight(module="mlp.shared_expert_gate", count=shape.hidden, split=Split.WHOLE, linear=False)
