"""The towers of models whose configuration has the language model's keys beside ``vision_config``: dots.ocr and MiniCPM-V.

After vLLM's ``dots_ocr.py``, ``minicpmv.py`` and ``layers/resampler.py``.
"""

from planner.model.keys import Keys
from planner.model.vision import vits
from planner.model.vision.blocks import attention, layer_norm, linear, network

_CHANNELS = 3
_MERGED = 2


def dots_ocr(tower: Keys, hidden: int) -> int:
    """RMS norms, gated networks, a convolution of patches, and a merger of four to one."""
    width = tower.count("embed_dim", "hidden_size") or 0
    bias = bool(tower.flag("use_bias"))
    patch = tower.count("patch_size") or 14
    channels = tower.count("num_channels") or _CHANNELS
    mixer = attention(width, bias=bias)
    block = 2 * width + mixer + network(width, tower.count("intermediate_size") or 0, gated=True, bias=bias)
    patches = linear(channels * patch * patch, width, bias=True) + width
    last = width if tower.flag("post_norm") is not False else 0
    merged = (tower.count("spatial_merge_size") or _MERGED) ** 2 * width
    merger = layer_norm(width) + linear(merged, merged, bias=True) + linear(merged, hidden, bias=True)
    return patches + (tower.count("num_hidden_layers") or 0) * block + last + merger


def minicpmv(outer: Keys, tower: Keys, hidden: int) -> int:
    """SigLIP, and queries that attend to its patches (2.5 to 4.5)."""
    width = tower.count("hidden_size") or 0
    keys = width * hidden if width != hidden else 0
    mixer = attention(hidden, bias=True)
    resampler = (outer.count("query_num") or 0) * hidden + keys + mixer + 3 * layer_norm(hidden) + hidden * hidden
    return vits.siglip(tower) + resampler
