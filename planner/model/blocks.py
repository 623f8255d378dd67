"""What each layer of a model is: attention, Mamba, a delta net, a convolution, or one network alone.

Hybrids say it in many ways: a text of letters, a list of names, indices of the layers with attention, a period.
"""

from planner.model.aliases import LAYER_LISTS, LAYERS, STATE_SIZE
from planner.model.architecture import MOST_LAYERS
from planner.model.keys import Keys, UnreadableConfigError

ATTENTION, MAMBA, DELTA, CONVOLUTION, LIGHTNING = "attention", "mamba", "delta", "convolution", "lightning"
MOE, MLP, PARALLEL, OTHER = "moe", "mlp", "parallel", "other"
_LETTERS = {"M": MAMBA, "*": ATTENTION, "E": MOE, "-": MLP}
_NAMES = {
    "attention": ATTENTION,
    "full_attention": ATTENTION,
    "sliding_attention": ATTENTION,
    "chunked_attention": ATTENTION,
    "global_attention": ATTENTION,
    "local_attention": ATTENTION,
    "window_attention": ATTENTION,
    # Sparse attention, whose indexer has keys of its own: as Transformers names it, and earlier checkpoints.
    "indexed_attention": ATTENTION,
    "deepseek_sparse_attention": ATTENTION,
    "minimax_m3_sparse": ATTENTION,
    "compressed_sparse_attention": ATTENTION,
    "heavily_compressed_attention": ATTENTION,
    "mamba": MAMBA,
    "mamba2": MAMBA,
    "conv": CONVOLUTION,
    "moe": MOE,
    "mlp": MLP,
    "parallel": PARALLEL,
}
_ALL_MAMBA = frozenset({"mamba", "mamba2", "falcon_mamba"})
_EVERY_FOURTH = frozenset({"qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "olmo_hybrid"})
"""Full attention in every fourth layer where the configuration is silent."""
_RECURRENT = frozenset({"recurrentgemma", "recurrent_gemma", "rwkv", "xlstm"})


def listed_depth(keys: Keys) -> int | None:
    """The number of layers by the length of a list or text with an entry for each, where no key counts them.

    Raises:
        UnreadableConfigError: it is more than any model has.
    """
    if keys.has(*LAYERS):
        return None
    pattern = keys.text("hybrid_override_pattern")
    lengths = [len(found) for name in LAYER_LISTS if isinstance(found := keys.raw(name), list)]
    depth = len(pattern) if pattern else next(iter(lengths), None)
    if depth and depth > MOST_LAYERS:
        raise UnreadableConfigError(
            f"its config.json lists {depth:,} layers; {MOST_LAYERS:,} are the most of any model"
        )
    return depth or None


def needs_heads(blocks: tuple[str, ...] | None) -> bool:
    """Whether a layer has attention, or may have it."""
    return blocks is None or bool({ATTENTION, PARALLEL, LIGHTNING, OTHER}.intersection(blocks))


def read_blocks(keys: Keys, model_type: str, depth: int) -> tuple[str, ...] | None:
    """What each layer is; None where all are attention with a network.

    Raises:
        UnreadableConfigError: a list is of another length, or has entries of a wrong kind.
    """
    for read in (_by_letters, _by_names, _by_indices, _by_period, _by_numbers):
        found = read(keys, model_type, depth)
        if found is not None:
            return found if set(found) != {ATTENTION} else None
    if model_type in _ALL_MAMBA:
        return (MAMBA,) * depth
    if model_type in _RECURRENT:
        return (OTHER,) * depth
    return (PARALLEL,) * depth if model_type == "falcon_h1" else None


def linear_kind(keys: Keys, model_type: str) -> str:
    """What "linear attention" is in this model; Transformers since 5.24 calls Mamba so too."""
    if keys.raw("linear_num_value_heads") or keys.raw("linear_attn_config") or model_type == "kimi_linear":
        return DELTA
    if model_type == "minimax":
        return LIGHTNING
    if keys.raw(*STATE_SIZE):
        return MAMBA
    return LIGHTNING if keys.has("attn_type_list", "layer_group_size", "lightning_nh") else OTHER


def _by_letters(keys: Keys, _: str, depth: int) -> tuple[str, ...] | None:
    pattern = keys.text("hybrid_override_pattern")
    if pattern is None:
        return None
    unknown = set(pattern) - set(_LETTERS)
    if unknown or len(pattern) != depth:
        raise keys.wrong("hybrid_override_pattern", f"a text of {depth:,} letters of {''.join(_LETTERS)}")
    return tuple(_LETTERS[letter] for letter in pattern)


def _by_names(keys: Keys, model_type: str, depth: int) -> tuple[str, ...] | None:
    names = keys.texts("layers_block_type", "layer_types", length=depth)
    if names is None:
        return None
    return tuple(
        linear_kind(keys, model_type) if name == "linear_attention" else _NAMES.get(name, OTHER) for name in names
    )


def _by_indices(keys: Keys, _: str, depth: int) -> tuple[str, ...] | None:
    """Indices of the layers with attention; of Kimi, from 1."""
    kimi = keys.nested("linear_attn_config")
    if kimi:
        with_attention = kimi.items("full_attn_layers") or []
        kimi.items("kda_layers")
        return tuple(ATTENTION if index + 1 in with_attention else DELTA for index in range(depth))
    for name, other in (("attn_layer_indices", MAMBA), ("full_attn_idxs", CONVOLUTION)):
        listed = keys.items(name)
        if listed is not None:
            return tuple(ATTENTION if index in listed else other for index in range(depth))
    return None


def _by_period(keys: Keys, model_type: str, depth: int) -> tuple[str, ...] | None:
    """Attention in every n-th layer."""
    every = keys.count("full_attention_interval", "layer_group_size")
    if every is None and model_type in _EVERY_FOURTH:
        every = 4
    period, offset = keys.count("attn_layer_period"), keys.count("attn_layer_offset", least=0) or 0
    if every:
        return tuple(linear_kind(keys, model_type) if (index + 1) % every else ATTENTION for index in range(depth))
    if period and model_type == "jamba":
        return tuple(ATTENTION if index % period == offset else MAMBA for index in range(depth))
    return None


def _by_numbers(keys: Keys, _: str, depth: int) -> tuple[str, ...] | None:
    """A list of 0 for lightning attention and 1 for full attention (MiniMax)."""
    listed = keys.items("attn_type_list", length=depth)
    return None if listed is None else tuple(ATTENTION if each == 1 else LIGHTNING for each in listed)
