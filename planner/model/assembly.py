"""Layers of a model, put together from its attention, its networks and its mixers."""

from collections.abc import Mapping

from planner.model.attention import read_attentions
from planner.model.blocks import ATTENTION, CONVOLUTION, DELTA, LIGHTNING, MAMBA, MLP, MOE, PARALLEL, needs_heads
from planner.model.experts import read_mixtures
from planner.model.families.family import Family
from planner.model.keys import Keys
from planner.model.layers import Attention, Experts, Layer, Mixer, Mlp
from planner.model.mixers import read_convolution, read_delta_net, read_lightning, read_state_space
from planner.model.networks import read_widths


def read_layers(
    keys: Keys,
    family: Family,
    model_type: str,
    *,
    hidden: int,
    depth: int,
    blocks: tuple[str, ...] | None,
    gated: bool,
    causal: bool = True,
) -> tuple[Layer, ...]:
    """The layers of a language model.

    Args:
        keys: Its configuration.
        family: What its type implies.
        model_type: Its type.
        hidden: Width of the residual stream.
        depth: Its layers.
        blocks: What each layer is; None where all are attention with a network.
        gated: Whether networks have a gate.
        causal: Whether a token sees only those before it.

    Raises:
        UnreadableConfigError: a number is missing, of a wrong kind, or out of bounds.
    """
    kinds = blocks or (ATTENTION,) * depth
    attentions: tuple[Attention | None, ...] = (None,) * depth
    if needs_heads(kinds):
        attentions = read_attentions(keys, family, model_type, hidden=hidden, depth=depth, causal=causal)
    mixtures = read_mixtures(keys, family, gated=gated, depth=depth, blocks=blocks).of_layer
    mlps = _mlps(keys, family, hidden=hidden, depth=depth, gated=gated)
    others = {
        MAMBA: read_state_space(keys, model_type, hidden=hidden) if {MAMBA, PARALLEL} & set(kinds) else None,
        DELTA: read_delta_net(keys, model_type) if DELTA in kinds else None,
        CONVOLUTION: read_convolution(keys, hidden=hidden) if CONVOLUTION in kinds else None,
    }
    alone = MOE in kinds or MLP in kinds  # each layer is one mixer or one network
    made: dict[tuple[str, Attention | None, Mlp | None, Experts | None], Layer] = {}
    found = []
    for index, kind in enumerate(kinds):
        parts = (kind, attentions[index], mlps[index], mixtures[index])
        if parts not in made:
            made[parts] = _layer(keys, family, parts, others, alone=alone, bare=model_type in _BARE)
        found.append(made[parts])
    return tuple(found)


_MOST_STREAMS = 1_000
_BARE = frozenset({"mamba", "mamba2", "falcon_mamba"})
"""Model types whose layers have a mixer and no network."""


def _layer(
    keys: Keys,
    family: Family,
    parts: tuple[str, Attention | None, Mlp | None, Experts | None],
    others: Mapping[str, Mixer | None],
    *,
    alone: bool,
    bare: bool,
) -> Layer:
    kind, attention, mlp, experts = parts
    if kind == MOE:
        return Layer(mixers=(), feed_forward=(experts,) if experts else (), norms=1)
    if kind == MLP:
        return Layer(mixers=(), feed_forward=(mlp,) if mlp else (), norms=1)
    mixers = _mixers(keys, kind, attention, others)
    if alone or bare:
        return Layer(mixers=mixers, feed_forward=(), norms=1)
    if family.build and attention and kind == ATTENTION:
        return family.build(attention, mlp, experts)
    network = experts or mlp
    norms = family.layer_norms + _residual_rows(keys)
    return Layer(mixers=mixers, feed_forward=(network,) if network else (), norms=norms)


def _residual_rows(keys: Keys) -> int:
    """Rows of the hidden width that mix residual streams in a layer, whole on every GPU as norms are.

    Kimi K3 has a norm and a projection to one number before attention and network, over what earlier blocks left; DeepSeek
    V4 a matrix before each, from all its streams to what weighs them in, out and among each other.
    """
    streams = keys.count("hc_mult", most=_MOST_STREAMS) or 0
    mixing = 2 * (2 + streams) * streams * streams if streams > 1 else 0
    return mixing + (4 if keys.count("attn_res_block_size", least=0) else 0)


def _mixers(
    keys: Keys, kind: str, attention: Attention | None, others: Mapping[str, Mixer | None]
) -> tuple[Mixer, ...]:
    if kind == LIGHTNING and attention:
        return (read_lightning(keys, heads=attention.heads, head_dim=attention.head_dim),)
    if kind == PARALLEL:
        return tuple(each for each in (others[MAMBA], attention) if each)
    chosen = attention if kind == ATTENTION else others.get(kind)
    return (chosen,) if chosen else ()


def _mlps(keys: Keys, family: Family, *, hidden: int, depth: int, gated: bool) -> tuple[Mlp | None, ...]:
    widths = read_widths(keys, family, hidden=hidden, depth=depth)
    stated = keys.flag("mlp_bias")
    general = keys.flag("bias", "use_bias", "add_bias_linear")
    bias = family.mlp_bias if stated is None and general is None else bool(stated) or bool(general)
    return tuple(Mlp(intermediate=width, gated=gated, bias=bias) if width else None for width in widths or (0,) * depth)
