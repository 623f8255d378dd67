"""The vision towers of Qwen's models: Qwen2-VL, Qwen2.5-VL, and Qwen3-VL with what came after.

After vLLM's ``qwen2_vl.py``, ``qwen2_5_vl.py``, ``qwen3_vl.py`` and ``exaone4_5.py``.
"""

from planner.model.keys import Keys
from planner.model.vision.blocks import attention, layer_norm, linear, network

_MERGED = 2
_FRAMES = 2
_CHANNELS = 3
_POSITIONS = 2304


def qwen2_vl(tower: Keys, hidden: int) -> int:
    """Layer norms, a plain network, and a merger to the language model's width (``hidden_size`` of the tower)."""
    width = tower.count("embed_dim") or 0
    depth = tower.count("depth") or 0
    inner = round(width * (tower.number("mlp_ratio", most=100) or 4))
    block = 2 * layer_norm(width) + attention(width, bias=True) + network(width, inner, gated=False, bias=True)
    out = tower.count("hidden_size") or hidden
    return _patches(tower, width, bias=False) + depth * block + _merger(tower, width, out, layer_norm(width))


def qwen2_5_vl(tower: Keys, hidden: int) -> int:
    """RMS norms and a gated network; Exaone 4.5 has the same with fewer heads for keys and values."""
    width = tower.count("hidden_size") or 0
    depth = tower.count("depth") or 0
    heads = tower.count("num_heads") or 1
    kv_width = width // heads * (tower.count("num_key_value_heads") or heads)
    inner = tower.count("intermediate_size") or 0
    mixer = attention(width, kv_width=kv_width, bias=True)
    block = 2 * width + mixer + network(width, inner, gated=True, bias=True)
    out = tower.count("out_hidden_size") or hidden
    return _patches(tower, width, bias=False) + depth * block + _merger(tower, width, out, width)


def qwen3_vl(tower: Keys, hidden: int) -> int:
    """Learned positions, layer norms, a plain network; mergers for some layers beside that of the last (DeepStack)."""
    width = tower.count("hidden_size") or 0
    depth = tower.count("depth") or 0
    inner = tower.count("intermediate_size") or 0
    positions = (tower.count("num_position_embeddings") or _POSITIONS) * width
    block = 2 * layer_norm(width) + attention(width, bias=True) + network(width, inner, gated=False, bias=True)
    out = tower.count("out_hidden_size") or hidden
    merged = (tower.count("spatial_merge_size") or _MERGED) ** 2 * width
    deep = len(tower.items("deepstack_visual_indexes") or []) * _merger(tower, width, out, layer_norm(merged))
    last = _merger(tower, width, out, layer_norm(width))
    return _patches(tower, width, bias=True) + positions + depth * block + deep + last


def _patches(tower: Keys, width: int, *, bias: bool) -> int:
    patch = tower.count("patch_size") or 14
    frames = tower.count("temporal_patch_size") or _FRAMES
    channels = tower.count("in_channels", "in_chans") or _CHANNELS
    return linear(channels * frames * patch * patch, width, bias=bias)


def _merger(tower: Keys, width: int, out: int, norm: int) -> int:
    merged = (tower.count("spatial_merge_size") or _MERGED) ** 2 * width
    return norm + linear(merged, merged, bias=True) + linear(merged, out, bias=True)
