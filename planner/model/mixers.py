"""Mixers without a growing cache: Mamba, gated delta nets, short convolutions, lightning attention."""

from dataclasses import replace

from planner.model.aliases import (
    EXPAND,
    STATE_CONVOLUTION,
    STATE_GROUPS,
    STATE_HEAD_DIM,
    STATE_HEADS,
    STATE_INNER,
    STATE_SIZE,
    STEP_RANK,
)
from planner.model.keys import Keys
from planner.model.layers import DeltaNet, LinearAttention, ShortConvolution, StateSpace

_STEP_SHARE = 16
"""``dt_rank`` that is "auto" is the hidden width divided by this, rounded up (Mamba 1)."""


def read_state_space(keys: Keys, model_type: str, *, hidden: int) -> StateSpace | None:
    """A Mamba mixer, version 2 where heads are given and 1 where they are not; None without a state size."""
    state = keys.count(*STATE_SIZE)
    plain = model_type == "mamba2"
    heads = keys.count(*STATE_HEADS, *(("num_heads",) if plain else ()))
    dim = _or_auto(keys, *STATE_HEAD_DIM, *(("head_dim",) if plain else ()))
    inner = keys.count(*STATE_INNER) or _inner_of_mamba(keys, model_type)
    expand = keys.number(*EXPAND, least=0.01, most=1000) or 2.0
    groups = keys.count(*STATE_GROUPS) or 1
    kernel = keys.count(*STATE_CONVOLUTION) or 4
    rank = _or_auto(keys, *STEP_RANK)
    convolution_bias = keys.flag("use_conv_bias", "mamba_conv_bias")
    bias = keys.flag("mamba_proj_bias", "use_bias") or False
    normed = keys.flag("mamba_rms_norm")
    if state is None:
        return None
    inner = inner or (heads * dim if heads and dim else int(expand * hidden))
    mixer = StateSpace(
        version=1,
        inner=inner,
        heads=inner,
        head_dim=1,
        state=state,
        conv_kernel=kernel,
        step_rank=rank or -(-hidden // _STEP_SHARE),
        conv_bias=convolution_bias is not False,
        bias=bias,
        norm=model_type == "jamba",
    )
    if heads is None:
        return mixer
    return replace(
        mixer,
        version=2,
        heads=heads,
        head_dim=dim or max(1, inner // heads),
        groups=groups,
        step_rank=0,
        norm=normed is not False,
    )


def read_delta_net(keys: Keys, model_type: str) -> DeltaNet | None:
    """A gated delta net (Qwen3-Next) or Kimi delta attention; None where the configuration has neither.

    Kimi's dimensions are in an object of their own, or beside the others as Transformers writes them.
    """
    of_kimi = keys.nested("linear_attn_config")
    if of_kimi or model_type == "kimi_linear":
        own = of_kimi or keys
        heads = of_kimi.count("num_heads", "num_attention_heads") if of_kimi else keys.count("linear_num_heads")
        dim = of_kimi.count("head_dim") if of_kimi else keys.count("linear_head_dim")
        kernel = own.count("short_conv_kernel_size", "linear_conv_kernel_dim") or 4
        if heads is None or dim is None:
            return None
        return DeltaNet(
            key_heads=heads,
            value_heads=heads,
            key_dim=dim,
            value_dim=dim,
            conv_kernel=kernel,
            kimi=True,
            full_gate=own.flag("use_full_rank_gate") or False,
        )
    key_heads, value_heads = keys.count("linear_num_key_heads"), keys.count("linear_num_value_heads")
    key_dim, value_dim = keys.count("linear_key_head_dim"), keys.count("linear_value_head_dim")
    kernel = keys.count("linear_conv_kernel_dim") or 4
    if key_heads is None or value_heads is None or key_dim is None or value_dim is None:
        return None
    return DeltaNet(
        key_heads=key_heads, value_heads=value_heads, key_dim=key_dim, value_dim=value_dim, conv_kernel=kernel
    )


def read_convolution(keys: Keys, *, hidden: int) -> ShortConvolution | None:
    """A short convolution (LFM2); None where the configuration has none."""
    kernel = keys.count("conv_L_cache")
    width, bias = keys.count("conv_dim") or hidden, keys.flag("conv_bias") or False
    return None if kernel is None else ShortConvolution(width=width, kernel=kernel, bias=bias)


def read_lightning(keys: Keys, *, heads: int, head_dim: int) -> LinearAttention:
    """Lightning attention, which has the heads of the model's other attention."""
    return LinearAttention(
        heads=keys.count("lightning_nh") or heads, head_dim=keys.count("lightning_head_dim") or head_dim
    )


def _inner_of_mamba(keys: Keys, model_type: str) -> int | None:
    """The inner width under the name that dense networks have elsewhere."""
    return keys.count("intermediate_size") if model_type in {"mamba", "falcon_mamba"} else None


def _or_auto(keys: Keys, *names: str) -> int | None:
    return None if keys.raw(*names) == "auto" else keys.count(*names)
