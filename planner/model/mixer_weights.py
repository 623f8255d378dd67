"""The weights of what mixes tokens in a layer: attention, Mamba, delta nets, convolutions, lightning attention.

Shapes as vLLM 0.33 creates them (``model_executor/layers/mamba``, ``models/qwen3_next.py``, ``models/lfm2.py``,
``models/kimi_k3``), names as published checkpoints have them.
"""

from collections.abc import Iterator

from planner.model.layers import (
    Attention,
    Compressed,
    DeltaNet,
    Indexer,
    Latent,
    LinearAttention,
    Mixer,
    ShortConvolution,
    StateSpace,
)
from planner.model.weight import Split, Weight

_PICKS_AT = 4
"""Ratio of DeepSeek V4's layers that pick compressed keys, and whose windows of compression overlap."""


def mixer_weights(width: int, mixer: Mixer) -> Iterator[Weight]:
    """The weights of a mixer in a model of this hidden width."""
    match mixer:
        case Attention(latent=Latent() as latent):
            yield from _latent_attention(width, mixer.heads, latent)
            if mixer.output_gate:
                yield Weight(module="self_attn.g_proj", count=width * mixer.heads * latent.value_dim)
            if mixer.indexer and not mixer.indexer.shared:
                yield from _indexer(width, mixer.indexer, latent)
        case Attention(compressed=Compressed() as compressed):
            yield from _compressed_attention(width, mixer, compressed)
        case Attention():
            yield from _attention(width, mixer)
        case StateSpace():
            yield from _mamba_2(width, mixer) if mixer.version == 2 else _mamba_1(width, mixer)
        case DeltaNet():
            yield from _kimi_delta(width, mixer) if mixer.kimi else _delta_net(width, mixer)
        case ShortConvolution():
            yield Weight(module="conv.in_proj", count=width * 3 * mixer.width)
            yield Weight(module="conv.conv", count=mixer.width * mixer.kernel, linear=False)
            yield Weight(module="conv.out_proj", count=mixer.width * width)
            if mixer.bias:
                yield Weight(module="conv.bias", count=4 * mixer.width + width, linear=False)
        case LinearAttention():
            inner = mixer.heads * mixer.head_dim
            yield Weight(module="self_attn.qkv_proj", count=width * 3 * inner)
            yield Weight(module="self_attn.output_gate", count=width * inner)
            yield Weight(module="self_attn.out_proj", count=inner * width)
            yield Weight(module="self_attn.norm", count=inner, linear=False)


def _attention(width: int, attention: Attention) -> Iterator[Weight]:
    queries, keys = attention.heads * attention.head_dim, attention.kv_heads * attention.head_dim
    values = 0 if attention.keys_are_values else attention.kv_heads * attention.value_dim
    rank = attention.query_rank
    if rank:
        yield Weight(module="self_attn.q_proj", count=width * rank, split=Split.WHOLE)
        yield Weight(module="self_attn.inter_norm", count=rank, split=Split.WHOLE, linear=False)
        yield Weight(module="self_attn.wq", count=rank * queries)
    else:
        yield Weight(module="self_attn.q_proj", count=width * queries)
    yield Weight(module="self_attn.k_proj", count=width * keys, split=Split.BY_KV_HEADS, kv_heads=attention.kv_heads)
    yield Weight(module="self_attn.v_proj", count=width * values, split=Split.BY_KV_HEADS, kv_heads=attention.kv_heads)
    yield Weight(module="self_attn.o_proj", count=attention.heads * attention.value_dim * width)
    if attention.output_gate:
        yield Weight(module="self_attn.output_gate", count=width * queries)
    if attention.qkv_bias:
        yield Weight(module="self_attn.qkv_bias", count=queries + keys + values, linear=False)
    if attention.o_bias:
        yield Weight(module="self_attn.o_bias", count=width, split=Split.WHOLE, linear=False)
    if attention.head_gate:
        yield Weight(module="self_attn.g_proj", count=width * attention.heads)
    if attention.sinks:
        yield Weight(module="self_attn.sinks", count=attention.heads, linear=False)
    if attention.indexer and not attention.indexer.shared:
        yield from _block_indexer(width, attention.indexer)


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


def _indexer(width: int, indexer: Indexer, latent: Latent) -> Iterator[Weight]:
    """DeepSeek V3.2: queries from the compressed ones, one key, a weight for each head."""
    inner = indexer.heads * indexer.head_dim
    yield Weight(module="self_attn.indexer.wq_b", count=(latent.q_rank or width) * inner, split=Split.WHOLE)
    yield Weight(module="self_attn.indexer.wk", count=width * indexer.head_dim, split=Split.WHOLE)
    yield Weight(module="self_attn.indexer.k_norm", count=2 * indexer.head_dim, split=Split.WHOLE, linear=False)
    yield Weight(module="self_attn.indexer.weights_proj", count=width * indexer.heads, split=Split.WHOLE, linear=False)


def _compressed_attention(width: int, attention: Attention, compressed: Compressed) -> Iterator[Weight]:
    """DeepSeek V4 (``vllm/models/deepseek_v4``): low-rank queries, one key, an output in groups of low rank."""
    heads, dim, rank = attention.heads, attention.head_dim, compressed.q_rank
    yield Weight(module="self_attn.wq_a", count=width * rank, split=Split.WHOLE)
    yield Weight(module="self_attn.wq_b", count=rank * heads * dim)
    yield Weight(module="self_attn.wkv", count=width * dim, split=Split.WHOLE)
    yield Weight(module="self_attn.wo_a", count=heads * dim * compressed.out_rank)
    yield Weight(module="self_attn.wo_b", count=compressed.out_groups * compressed.out_rank * width)
    yield Weight(module="self_attn.norms", count=rank + dim, split=Split.WHOLE, linear=False)
    yield Weight(module="self_attn.attn_sink", count=heads, linear=False)
    if compressed.ratio:
        yield from _compressor("self_attn.compressor", width, dim, compressed.ratio)
    if compressed.ratio == _PICKS_AT:
        inner = compressed.index_heads * compressed.index_dim
        yield Weight(module="self_attn.indexer.wq_b", count=rank * inner, split=Split.WHOLE)
        yield Weight(
            module="self_attn.indexer.weights_proj",
            count=width * compressed.index_heads,
            split=Split.WHOLE,
            linear=False,
        )
        yield from _compressor("self_attn.indexer.compressor", width, compressed.index_dim, compressed.ratio)


def _compressor(module: str, width: int, dim: int, ratio: int) -> Iterator[Weight]:
    """Keys and gates of the tokens that become one, twice where windows overlap, places within, and a norm."""
    parts = 2 if ratio == _PICKS_AT else 1
    count = 2 * width * parts * dim + ratio * parts * dim + dim
    yield Weight(module=module, count=count, split=Split.WHOLE, linear=False)


def _block_indexer(width: int, indexer: Indexer) -> Iterator[Weight]:
    """MiniMax M3: queries of as many heads as there are of keys, one key, and norms of both."""
    inner = indexer.heads * indexer.head_dim
    yield Weight(module="self_attn.index_q_proj", count=width * inner, split=Split.BY_KV_HEADS, kv_heads=indexer.heads)
    yield Weight(module="self_attn.index_k_proj", count=width * indexer.head_dim, split=Split.WHOLE)
    yield Weight(module="self_attn.index_norms", count=2 * indexer.head_dim, split=Split.WHOLE, linear=False)


def _mamba_2(width: int, mixer: StateSpace) -> Iterator[Weight]:
    convolved = mixer.inner + 2 * mixer.groups * mixer.state
    yield Weight(module="mixer.in_proj", count=width * (mixer.inner + convolved + mixer.heads))
    yield from _convolution(convolved, mixer)
    yield Weight(module="mixer.A_D_dt_bias", count=3 * mixer.heads, linear=False)
    if mixer.norm:
        yield Weight(module="mixer.norm", count=mixer.inner, linear=False)
    yield Weight(module="mixer.out_proj", count=mixer.inner * width)
    if mixer.bias:
        yield Weight(module="mixer.bias", count=mixer.inner + convolved + mixer.heads + width, linear=False)


def _mamba_1(width: int, mixer: StateSpace) -> Iterator[Weight]:
    steps = mixer.step_rank + 2 * mixer.state
    yield Weight(module="mamba.in_proj", count=width * 2 * mixer.inner)
    yield from _convolution(mixer.inner, mixer)
    yield Weight(module="mamba.x_proj", count=mixer.inner * steps)
    yield Weight(module="mamba.dt_proj", count=mixer.step_rank * mixer.inner)
    yield Weight(module="mamba.A_D_dt_bias", count=mixer.inner * (mixer.state + 2), linear=False)
    if mixer.norm:
        yield Weight(module="mamba.norms", count=steps, split=Split.WHOLE, linear=False)
    yield Weight(module="mamba.out_proj", count=mixer.inner * width)
    if mixer.bias:
        yield Weight(module="mamba.bias", count=2 * mixer.inner + width, linear=False)


def _convolution(channels: int, mixer: StateSpace) -> Iterator[Weight]:
    yield Weight(
        module="mixer.conv1d", count=channels * (mixer.conv_kernel + (1 if mixer.conv_bias else 0)), linear=False
    )


def _delta_net(width: int, mixer: DeltaNet) -> Iterator[Weight]:
    keys, values = mixer.key_heads * mixer.key_dim, mixer.value_heads * mixer.value_dim
    yield Weight(module="linear_attn.in_proj_qkvz", count=width * 2 * (keys + values))
    yield Weight(module="linear_attn.in_proj_ba", count=width * 2 * mixer.value_heads)
    yield Weight(module="linear_attn.conv1d", count=(2 * keys + values) * mixer.conv_kernel, linear=False)
    yield Weight(module="linear_attn.A_dt_bias", count=2 * mixer.value_heads, linear=False)
    yield Weight(module="linear_attn.norm", count=mixer.value_dim, split=Split.WHOLE, linear=False)
    yield Weight(module="linear_attn.out_proj", count=values * width)


def _kimi_delta(width: int, mixer: DeltaNet) -> Iterator[Weight]:
    inner = mixer.value_heads * mixer.value_dim
    for name in ("q_proj", "k_proj", "v_proj"):
        yield Weight(module=f"self_attn.{name}", count=width * inner)
        yield Weight(module=f"self_attn.{name[0]}_conv1d", count=inner * mixer.conv_kernel, linear=False)
    if mixer.full_gate:
        yield Weight(module="self_attn.g_proj", count=width * inner)
    for name in ("f",) if mixer.full_gate else ("f", "g"):
        yield Weight(module=f"self_attn.{name}_a_proj", count=width * mixer.value_dim, split=Split.WHOLE)
        yield Weight(module=f"self_attn.{name}_b_proj", count=mixer.value_dim * inner)
    yield Weight(module="self_attn.b_proj", count=width * mixer.value_heads)
    yield Weight(module="self_attn.A_dt_bias", count=mixer.value_heads + inner, linear=False)
    yield Weight(module="self_attn.o_norm", count=mixer.value_dim, split=Split.WHOLE, linear=False)
    yield Weight(module="self_attn.o_proj", count=inner * width)
