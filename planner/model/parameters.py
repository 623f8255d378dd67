"""Every weight of a model: how many parameters, of what kind, and how tensor parallelism splits them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention, Experts, Latent, Layer, Mlp

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
    experts: Experts | None = None
    """The routed experts it belongs to, if it does."""
    kv_heads: int = 1
    """KV heads, where they decide the split."""


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


def layer_weights(shape: ModelArchitecture, layer: Layer) -> Iterator[Weight]:
    """The weights of one layer."""
    norms = layer.norms * shape.hidden * (2 if shape.norm_bias else 1)
    norms += sum(attention.qk_norm for attention in layer.attentions)
    yield Weight(module="norms", count=norms, split=Split.WHOLE, linear=False)
    for attention in layer.attentions:
        if attention.latent:
            yield from _latent_attention(shape.hidden, attention.heads, attention.latent)
        else:
            yield from _attention(shape.hidden, attention)
    for part in layer.feed_forward:
        if isinstance(part, Experts):
            yield from _mixture(shape.hidden, part)
        else:
            yield from _mlp("mlp", shape.hidden, part)


def total(shape: ModelArchitecture) -> int:
    """Parameters of the whole model, its vision tower included."""
    count = embedding(shape).count + final_norm(shape).count
    output = head(shape)
    count += output.count if output else 0
    count += sum(kind.count * weight.count for kind in shape.kinds() for weight in layer_weights(shape, kind.layer))
    return count + (shape.vision.parameters if shape.vision else 0)


def _attention(width: int, attention: Attention) -> Iterator[Weight]:
    queries, keys = attention.heads * attention.head_dim, attention.kv_heads * attention.head_dim
    values = attention.kv_heads * attention.value_dim
    yield Weight(module="self_attn.q_proj", count=width * queries)
    yield Weight(module="self_attn.k_proj", count=width * keys, split=Split.BY_KV_HEADS, kv_heads=attention.kv_heads)
    yield Weight(module="self_attn.v_proj", count=width * values, split=Split.BY_KV_HEADS, kv_heads=attention.kv_heads)
    yield Weight(module="self_attn.o_proj", count=attention.heads * attention.value_dim * width)
    if attention.qkv_bias:
        yield Weight(module="self_attn.qkv_bias", count=queries + keys + values, linear=False)
    if attention.o_bias:
        yield Weight(module="self_attn.o_bias", count=width, split=Split.WHOLE, linear=False)
    if attention.sinks:
        yield Weight(module="self_attn.sinks", count=attention.heads, linear=False)


def _latent_attention(width: int, heads: int, latent: Latent) -> Iterator[Weight]:
    queries = heads * (latent.nope_dim + latent.rope_dim)
    if latent.q_rank:
        yield Weight(module="self_attn.q_a_proj", count=width * latent.q_rank, split=Split.WHOLE)
        yield Weight(module="self_attn.q_b_proj", count=latent.q_rank * queries)
        yield Weight(module="self_attn.q_a_layernorm", count=latent.q_rank, split=Split.WHOLE, linear=False)
    else:
        yield Weight(module="self_attn.q_proj", count=width * queries)
    compressed = latent.kv_rank + latent.rope_dim
    yield Weight(module="self_attn.kv_a_proj_with_mqa", count=width * compressed, split=Split.WHOLE)
    yield Weight(module="self_attn.kv_a_layernorm", count=latent.kv_rank, split=Split.WHOLE, linear=False)
    yield Weight(module="self_attn.kv_b_proj", count=latent.kv_rank * heads * (latent.nope_dim + latent.value_dim))
    yield Weight(module="self_attn.o_proj", count=heads * latent.value_dim * width)


def _mlp(module: str, width: int, mlp: Mlp) -> Iterator[Weight]:
    inner = mlp.intermediate
    if mlp.gated:
        yield Weight(module=f"{module}.gate_proj", count=width * inner)
    yield Weight(module=f"{module}.up_proj", count=width * inner)
    yield Weight(module=f"{module}.down_proj", count=inner * width)
    if mlp.bias:
        yield Weight(module=f"{module}.bias", count=inner * (2 if mlp.gated else 1), linear=False)
        yield Weight(module=f"{module}.down_bias", count=width, split=Split.WHOLE, linear=False)


def _mixture(width: int, experts: Experts) -> Iterator[Weight]:
    choices = experts.count + experts.zero_experts
    router = width * choices + (choices if experts.router_bias else 0)
    yield Weight(module="mlp.gate", count=router, split=Split.WHOLE, linear=False)
    within = experts.latent_width or width
    inner = experts.count * experts.intermediate
    if experts.gated:
        yield Weight(module="mlp.experts.0.gate_proj", count=within * inner, experts=experts)
    yield Weight(module="mlp.experts.0.up_proj", count=within * inner, experts=experts)
    yield Weight(module="mlp.experts.0.down_proj", count=inner * within, experts=experts)
    if experts.latent_width:
        yield Weight(module="mlp.latent_proj", count=2 * width * within, split=Split.WHOLE)
    if experts.bias:
        yield Weight(
            module="mlp.experts.bias", count=(2 if experts.gated else 1) * inner, linear=False, experts=experts
        )
        yield Weight(module="mlp.experts.down_bias", count=experts.count * width, split=Split.WHOLE, linear=False)
    if experts.shared_intermediate:
        shared = Mlp(intermediate=experts.shared_intermediate, gated=experts.gated)
        yield from _mlp("mlp.shared_experts", width, shared)
    if experts.shared_gate:
        yield Weight(module="mlp.shared_expert_gate", count=width, split=Split.WHOLE, linear=False)
