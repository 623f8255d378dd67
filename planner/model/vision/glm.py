"""The vision tower of GLM-4V, after vLLM's ``glm4_1v.py``."""

from planner.model.keys import Keys
from planner.model.vision.blocks import attention, layer_norm, linear, network

_MERGED = 2
_FRAMES = 2
_CHANNELS = 3


def glm4v(tower: Keys, hidden: int) -> int:
    """RMS norms, learned positions, and a merger that has a gated network of ``intermediate_size``; blocks are narrower.

    The network of a block is as wide as the language model (``out_hidden_size``).
    """
    width = tower.count("hidden_size") or 0
    depth = tower.count("depth") or 0
    out = tower.count("out_hidden_size") or hidden
    inner = tower.count("intermediate_size") or 0
    patch = tower.count("patch_size") or 14
    frames = tower.count("temporal_patch_size") or _FRAMES
    merged = (tower.count("spatial_merge_size") or _MERGED) ** 2
    image = tower.count("image_size", least=0) or 0
    bias = bool(tower.flag("attention_bias"))
    channels = tower.count("in_channels") or _CHANNELS
    mixer = attention(width, bias=bias)
    block = 2 * width + mixer + network(width, out, gated=True, bias=False)
    patches = linear(channels * frames * patch * patch, width, bias=True)
    positions = (image // patch) ** 2 * width
    downsample = linear(width * merged, out, bias=True)
    merger = linear(out, out, bias=False) + layer_norm(out) + network(out, inner, gated=True, bias=False)
    return patches + positions + 2 * width + depth * block + downsample + merger
