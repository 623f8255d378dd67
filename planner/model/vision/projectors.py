"""What joins a vision tower to the language model."""

from planner.model.keys import Keys
from planner.model.vision.blocks import layer_norm, linear


def gemma3(width: int, hidden: int) -> int:
    """A norm and one projection."""
    return width + width * hidden


def gemma4(width: int, hidden: int) -> int:
    """One projection, after a norm without weight."""
    return width * hidden


def two_layers(outer: Keys, width: int, hidden: int) -> int:
    """LLaVA: two projections."""
    bias = outer.flag("multimodal_projector_bias") is not False
    return linear(width, hidden, bias=bias) + linear(hidden, hidden, bias=bias)


def mistral3(outer: Keys, width: int, hidden: int) -> int:
    """A norm, patches merged four to one at the tower's width, two projections."""
    merged = (outer.count("spatial_merge_size") or 2) ** 2
    bias = bool(outer.flag("multimodal_projector_bias"))
    joined = linear(width, hidden, bias=bias) + linear(hidden, hidden, bias=bias)
    return width + linear(merged * width, width, bias=False) + joined


def internvl(outer: Keys, width: int, hidden: int) -> int:
    """A norm over patches merged four to one, two projections."""
    ratio = outer.number("downsample_ratio", least=0.01, most=1) or 0.5
    merged = round(width / ratio**2)
    return layer_norm(merged) + linear(merged, hidden, bias=True) + linear(hidden, hidden, bias=True)


def kimi(width: int, hidden: int) -> int:
    """A norm, patches merged four to one, two projections."""
    merged = 4 * width
    return layer_norm(width) + linear(merged, merged, bias=True) + linear(merged, hidden, bias=True)


def kimi_k3(width: int, hidden: int) -> int:
    """Patches merged four to one, two projections without biases, a norm."""
    merged = 4 * width
    return linear(merged, merged, bias=False) + linear(merged, hidden, bias=False) + hidden


def minimax_m3(outer: Keys, width: int, hidden: int) -> int:
    """Two projections of each patch, and two of four patches at the language model's width."""
    inner = outer.count("projector_hidden_size") or hidden
    of_patch = linear(width, inner, bias=True) + linear(inner, hidden, bias=True)
    return of_patch + linear(4 * hidden, inner, bias=True) + linear(inner, hidden, bias=True)


def llama4(tower: Keys, hidden: int) -> int:
    """One projection of what the tower's adapter makes."""
    return (tower.count("vision_output_dim") or 0) * hidden
