"""Compressed attention (DeepSeek V4), as its checkpoints or Transformers write it."""

from planner.model.keys import Keys
from planner.model.layers import Compressed

COMPRESSED = frozenset({"deepseek_v4"})
_MOST_RATIO = 100_000
_MOST_GROUPS = 100_000


def read_compressed(keys: Keys, model_type: str, depth: int) -> tuple[Compressed, ...] | None:
    """The compressed attention of each layer; None for other models, or where a dimension is missing.

    Raises:
        UnreadableConfigError: a number is of a wrong kind or out of bounds, or a list of another length.
    """
    if model_type not in COMPRESSED:
        return None
    rank, out_rank = keys.count("q_lora_rank"), keys.count("o_lora_rank")
    groups = keys.count("o_groups", most=_MOST_GROUPS)
    heads, dim = keys.count("index_n_heads", most=_MOST_GROUPS), keys.count("index_head_dim")
    keys.count("index_topk")
    ratios = keys.counts("compress_ratios", depth=depth, least=0, most=_MOST_RATIO) or _by_kind(keys, depth)
    if not (rank and out_rank and groups and heads and dim) or ratios is None:
        return None
    return tuple(
        Compressed(ratio=ratio, q_rank=rank, out_rank=out_rank, out_groups=groups, index_heads=heads, index_dim=dim)
        for ratio in ratios
    )


def _by_kind(keys: Keys, depth: int) -> tuple[int, ...] | None:
    """Ratios by the names of layers, as Transformers writes them."""
    rates, kinds = keys.nested("compress_rates"), keys.texts("layer_types", length=depth)
    if rates is None or kinds is None:
        return None
    return tuple(rates.count(kind, most=_MOST_RATIO) or 0 for kind in kinds)
