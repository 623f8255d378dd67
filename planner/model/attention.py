"""Attention of each layer, as a configuration and its family describe it."""

from dataclasses import replace

from planner.model.aliases import HEAD_DIM, HEADS, KV_HEADS
from planner.model.compressed import read_compressed
from planner.model.families.family import Family
from planner.model.keys import Keys, UnreadableConfigError
from planner.model.layers import Attention, Compressed, Indexer, Latent
from planner.model.shaped_blocks import block_groups
from planner.model.windows import Window, read_windows

LATENT_CACHES = frozenset(
    {
        *("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "kimi_linear", "longcat_flash", "pangu_ultra_moe"),
        *(
            "glm_moe_dsa",
            "glm4_moe_lite",
            "axk1",
            "bailing_hybrid",
            "dots3_note",
            "glm5_next",
            "glm5_next_text",
            "hy_v4",
            # Not in that list, but its class has no other cache (``models/sarvam.py``).
            "sarvam_mla",
            # By its params.json, which vLLM prefers: there it is of DeepSeek's type (``configs/mistral.py``).
            "mistral4",
        ),
    }
)
"""Model types whose compressed keys and values vLLM caches (``is_deepseek_mla`` in vLLM 0.33)."""
_BIASES = ("qkv_bias", "use_qkv_bias", "add_qkv_bias", "attention_bias", "attn_bias", "use_attention_bias")
_NORMS = ("use_qk_norm", "qk_norm", "qk_layernorm", "use_qk_layernorm", "add_qk_norm", "use_qk_norms")
_MOST_HEADS = 100_000
_HEADS_BY_LAYER = "num_attention_heads_per_layer"
"""Beside the number of all others (Laguna)."""
_SKIP_OFFSET = 2
"""``index_skip_topk_offset`` where the configuration has none."""


def read_attentions(
    keys: Keys, family: Family, model_type: str, *, hidden: int, depth: int, causal: bool = True
) -> tuple[Attention | None, ...]:
    """The attention of each layer, whether or not the layer has it; None where the configuration says it has none.

    Args:
        keys: The language model's configuration.
        family: What its type implies.
        model_type: Its type.
        hidden: Width of the residual stream.
        depth: Its layers.
        causal: Whether a token sees only those before it; where it sees all, nothing is cached.

    Raises:
        UnreadableConfigError: a count is missing, out of bounds, or does not go with another.
    """
    heads = keys.counts(*HEADS, depth=depth, most=_MOST_HEADS)
    if heads is None:
        raise UnreadableConfigError(f"{keys.where(HEADS[0])} is missing in its config.json")
    heads = keys.counts(_HEADS_BY_LAYER, depth=depth, most=_MOST_HEADS) or heads
    groups = block_groups(keys, depth)
    kv_heads = _kv_heads(keys, heads, depth) if groups is None else _by_groups(keys, heads, groups)
    dims = keys.counts(*HEAD_DIM, depth=depth, least=0) or (0,) * depth
    windows = read_windows(keys, family, depth)
    full_kv, full_dim = _of_full_attention(keys, family)
    near_heads, near_kv, near_dim = _of_windows(keys)
    latent = read_latent(keys, model_type, width=hidden // heads[0])
    shared_from = depth - (keys.count("num_kv_shared_layers", least=0, most=depth) or 0)
    indexers = read_indexers(keys, depth)
    compressed = read_compressed(keys, model_type, depth)
    if compressed:
        indexers = (None,) * depth
    made: dict[tuple[int, int, int, Window, bool, Indexer | None, Compressed | None], Attention] = {}
    found: list[Attention | None] = []
    for index, window in enumerate(windows):
        if groups is not None and not groups[index]:
            found.append(None)
            continue
        of_kind = (0, full_kv, full_dim) if window.tokens is None else (near_heads, near_kv, near_dim)
        queries, kv, dim = of_kind[0] or heads[index], of_kind[1] or kv_heads[index], of_kind[2] or dims[index]
        _check_groups(keys, queries, kv)
        one = compressed[index] if compressed else None
        kind = (queries, kv, dim, window, index >= shared_from, indexers[index], one)
        if kind not in made:
            made[kind] = _attention(keys, family, kind, hidden=hidden, latent=latent, causal=causal)
        found.append(made[kind])
    return tuple(found)


def _attention(
    keys: Keys,
    family: Family,
    kind: tuple[int, int, int, Window, bool, Indexer | None, Compressed | None],
    *,
    hidden: int,
    latent: Latent | None,
    causal: bool,
) -> Attention:
    heads, kv_heads, dim, window, shares, indexer, compressed = kind
    dim = dim or max(1, hidden // heads)
    of_values = ("v_head_dim", "value_head_dim")
    value_dim = keys.count(*(("swa_v_head_dim", *of_values) if window.tokens else of_values), least=0) or dim
    if latent is not None:
        # Where vLLM caches plain keys and values, it pads values to the width of keys.
        dim = value_dim = latent.nope_dim + latent.rope_dim
    biased = _bias(keys, family)
    return Attention(
        heads=heads,
        kv_heads=heads if latent and not latent.cached else kv_heads,
        head_dim=dim,
        value_dim=value_dim,
        window=window.tokens,
        chunked=window.chunked,
        latent=latent,
        compressed=compressed,
        indexer=indexer,
        qkv_bias=biased,
        o_bias=_output_bias(keys, family),
        qk_norm=_norm(keys, family, heads=heads, kv_heads=kv_heads, head_dim=dim),
        sinks=family.sinks or bool(window.tokens and keys.flag("add_swa_attention_sink_bias")),
        output_gate=keys.flag("attn_output_gate", "use_output_gate", "mla_use_output_gate") or family.output_gate,
        head_gate=keys.flag("use_head_wise_attn_gate") or False,
        query_rank=keys.count("share_q_dim", least=0) or 0,
        shares_kv=shares,
        keys_are_values=bool(keys.flag("attention_k_eq_v")) and window.tokens is None,
        cached=causal and not family.encoder,
    )


def read_latent(keys: Keys, model_type: str, *, width: int) -> Latent | None:
    """Multi-head latent attention, if the configuration has it.

    Args:
        keys: The language model's configuration.
        model_type: Of the language model.
        width: Hidden width by head: the dimension of a value where none is given.
    """
    rank = keys.count("kv_lora_rank")
    query_rank = keys.count("q_lora_rank", least=0)
    nope, rope = keys.count("qk_nope_head_dim", least=0), keys.count("qk_rope_head_dim", least=0)
    if rank is None or (nope, rope) == (0, 0):
        return None  # a class of latent attention without it: DeepSeek-VL2-tiny
    if nope is None or rope is None:
        missing = "qk_nope_head_dim" if nope is None else "qk_rope_head_dim"
        raise UnreadableConfigError(
            f"{keys.where(missing)} is missing in its config.json, which has latent attention (kv_lora_rank)"
        )
    if keys.values.get("qk_head_dim") == nope + rope:
        keys.raw("qk_head_dim")  # their sum, as Transformers writes it
    return Latent(
        q_rank=query_rank or None,
        kv_rank=rank,
        nope_dim=nope,
        rope_dim=rope,
        value_dim=keys.count("v_head_dim", least=0) or width,
        cached=model_type in LATENT_CACHES,
    )


def _kv_heads(keys: Keys, heads: tuple[int, ...], depth: int) -> tuple[int, ...]:
    grouped = keys.flag("multi_query_attention")
    groups = keys.counts("multi_query_group_num", depth=depth, most=_MOST_HEADS)
    found = keys.counts(*KV_HEADS, depth=depth, most=_MOST_HEADS)
    multi, newer = keys.flag("multi_query"), keys.flag("new_decoder_architecture")
    if multi and not newer:
        return (1,) * depth
    if groups and grouped is not False:
        return groups
    if found and not keys.has(*KV_HEADS) and any(each % kv for each, kv in zip(heads, found, strict=True)):
        return heads  # the default of the class goes with its own default of heads
    return found or heads


def _by_groups(keys: Keys, heads: tuple[int, ...], groups: tuple[int, ...]) -> tuple[int, ...]:
    """KV heads by the number of query heads that share one (Nemotron NAS)."""
    for index, (each, size) in enumerate(zip(heads, groups, strict=True)):
        if size and each % size:
            raise UnreadableConfigError(
                f"{keys.where('block_configs')}[{index}].attention.n_heads_in_group in its config.json is {size:,}: "
                f"a divisor of the {each:,} attention heads is needed"
            )
    return tuple(each // size if size else 1 for each, size in zip(heads, groups, strict=True))


def _check_groups(keys: Keys, heads: int, kv_heads: int) -> None:
    if heads % kv_heads:
        name = next((name for name in (*KV_HEADS, "multi_query_group_num") if keys.has(name)), KV_HEADS[2])
        raise UnreadableConfigError(
            f"{keys.where(name)} in its config.json is {kv_heads:,}: a divisor of the {heads:,} attention heads is needed"
        )


def _of_full_attention(keys: Keys, family: Family) -> tuple[int, int]:
    """KV heads and dimension of a head in layers with full attention, where those differ (Gemma 4); 0 where not."""
    kv_heads = keys.count("num_global_key_value_heads", least=0, most=_MOST_HEADS) or 0
    used = keys.flag("attention_k_eq_v") is not False
    return kv_heads if used else 0, keys.count("global_head_dim", least=0) or family.full_head_dim


def _of_windows(keys: Keys) -> tuple[int, int, int]:
    """Heads, KV heads and dimension of a head in layers with a window, where those differ (MiMo V2); 0 where not."""
    other = keys.nested("attention_other_setting")
    if other is not None or keys.has("num_sliding_attention_heads"):
        return _of_other_layers(keys, other), 0, 0
    if not keys.has("hybrid_layer_pattern"):
        return 0, 0, 0
    heads = keys.count("swa_num_attention_heads", most=_MOST_HEADS) or 0
    kv_heads = keys.count("swa_num_key_value_heads", most=_MOST_HEADS) or 0
    return heads, kv_heads, keys.count("swa_head_dim") or 0


def _of_other_layers(keys: Keys, other: Keys | None) -> int:
    """Heads of layers with a window in Step 3.5, whose KV heads and dimension are those of all (``step3p5.py``)."""
    stated = keys.count("num_sliding_attention_heads", least=0, most=_MOST_HEADS)
    if other is None:
        return stated or 0
    found = other.count("num_attention_heads", most=_MOST_HEADS)
    near = other.text("attention_type") in {None, "sliding_attention"}
    other.raw("num_attention_groups")  # vLLM takes those of all layers
    other.raw("head_dim")
    return stated or (found if near and found else 0)


def _bias(keys: Keys, family: Family) -> bool:
    stated = keys.flag(*_BIASES)
    general = keys.flag("bias", "use_bias", "add_bias_linear")
    if stated is not None:
        return stated or bool(general)
    return family.qkv_bias if general is None else general or family.qkv_bias


def _output_bias(keys: Keys, family: Family) -> bool:
    general = keys.flag("bias", "use_bias", "add_bias_linear", "attention_out_bias", "o_bias")
    if general is not None:
        return general
    return bool(keys.flag("attention_bias")) if family.output_bias_as_stated else family.o_bias


def _norm(keys: Keys, family: Family, *, heads: int, kv_heads: int, head_dim: int) -> int:
    stated = keys.flag(*_NORMS)
    if family.wide_norms:
        return (heads + kv_heads) * head_dim
    return 2 * head_dim if family.head_norms or stated else 0


def read_indexers(keys: Keys, depth: int) -> tuple[Indexer | None, ...]:
    """The indexer of each layer's sparse attention; None where there is none.

    Layers may use the tokens that an earlier one's has picked (GLM 5.2): by a text with an F or S for each layer, a list of
    "full" and "shared", or in all but every n-th layer (``DeepseekV2MLAAttention`` in vLLM 0.33).

    Raises:
        UnreadableConfigError: a number is of a wrong kind or out of bounds, or a list of another length.
    """
    of_blocks = _block_indexers(keys, depth)
    if of_blocks is not None:
        return of_blocks
    top = keys.count("index_topk")
    heads, dim = keys.count("index_n_heads", most=_MOST_HEADS), keys.count("index_head_dim")
    pattern = keys.text("index_topk_pattern")
    kinds = keys.texts("indexer_types", length=depth)
    every = keys.count("index_topk_freq") or 1
    offset = keys.count("index_skip_topk_offset", least=0)
    if not (top and heads and dim):
        return (None,) * depth
    own = Indexer(heads=heads, head_dim=dim, top=top)
    if pattern is not None:
        shared = [index < len(pattern) and pattern[index] == "S" for index in range(depth)]
    elif kinds is not None:
        shared = [kind == "shared" for kind in kinds]
    else:
        start = _SKIP_OFFSET if offset is None else offset
        shared = [max(index - start + 1, 0) % every != 0 for index in range(depth)]
    return tuple(replace(own, shared=each) for each in shared)


def _block_indexers(keys: Keys, depth: int) -> tuple[Indexer | None, ...] | None:
    """Indexers that pick blocks (MiniMax M3), as its checkpoints or Transformers write them; None for other models."""
    written = keys.nested("sparse_attention_config")
    if written is not None and written.has("sparse_num_index_heads"):
        heads, dim = written.count("sparse_num_index_heads", most=_MOST_HEADS), written.count("sparse_index_dim")
        top = written.count("sparse_topk_blocks")
        turns = written.counts("sparse_attention_freq", depth=depth, least=0) or (0,) * depth
        written.take_all()
    elif keys.has("index_topk_blocks"):
        heads, dim = keys.count("index_n_heads", most=_MOST_HEADS), keys.count("index_head_dim")
        top = keys.count("index_topk_blocks")
        kinds = keys.texts("layer_types", length=depth) or []
        turns = tuple(int(kind == "minimax_m3_sparse") for kind in kinds) or (0,) * depth
    else:
        return None
    if not (heads and dim and top):
        return None
    indexer = Indexer(heads=heads, head_dim=dim, top=top, of_blocks=True)
    return tuple(indexer if turn else None for turn in turns)
