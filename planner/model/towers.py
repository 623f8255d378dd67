"""Vision towers and other parts that stand beside the language model."""

import math
from collections.abc import Iterator

from planner.model.architecture import Vision
from planner.model.compressed import COMPRESSED
from planner.model.families import TELLING_KEYS, TOWERS
from planner.model.nesting import Nested
from planner.model.unread import towers
from planner.model.vision.kinds import KINDS

_PATCH_CHANNELS = 3
_DEFAULT_PATCH = 14
_BESIDE = frozenset(
    {
        *("text_config", "thinker_config", "llm_config", "language_config", "language_model_config"),
        *("text_model_config", "llm_backbone_config", "language_model", "vision_config", "projector_config"),
        *("attn_config", "ffn_config", "moe_config", "linear_attn_config", "per_layer_config"),
        *("sparse_attention_config", "attention_other_setting"),
    }
)


def read_vision(nested: Nested, hidden: int) -> Vision | None:
    """Parameters of the vision tower and what joins it to the language model.

    Exact for the models of :mod:`planner.model.vision.kinds`; of others a usual vision transformer and two projections.

    Args:
        nested: The whole configuration.
        hidden: Hidden width of the language model.

    Raises:
        UnreadableConfigError: a width of the tower is not a number, or out of bounds.
    """
    tower = nested.outer.nested("vision_config")
    if tower is None:
        return None
    exact = KINDS.get(str(nested.outer.values.get("model_type") or ""))
    if exact is not None:
        parameters = exact(nested.outer, tower, hidden)
        tower.take_all()
        return Vision(parameters=parameters)
    width = tower.count("hidden_size", "embed_dim", "width") or 0
    ratio = tower.number("mlp_ratio", most=1000) or 4.0
    inner = tower.count("intermediate_size") or math.ceil(width * ratio)
    depth = tower.count("num_hidden_layers", "depth", "layers", most=2000) or 0
    patch = (tower.count("patch_size") if not isinstance(tower.raw("patch_size"), list) else None) or _DEFAULT_PATCH
    image = (tower.count("image_size", least=0) if not isinstance(tower.raw("image_size"), list) else None) or 0
    gates = 3 if tower.raw("hidden_act") == "silu" else 2
    blocks = depth * (4 * width * width + gates * width * inner)
    positions = (image // patch) ** 2 * width
    merged = (nested.outer.count("spatial_merge_size") or 1) ** 2
    deep = hidden * hidden if nested.outer.has("projector_hidden_act") else 0
    projector = hidden * width * merged + deep
    return Vision(parameters=blocks + positions + patch * patch * _PATCH_CHANNELS * width + projector, exact=False)


def uncovered_parts(nested: Nested, vision: Vision | None) -> Iterator[str]:
    """Names of parts beside the language model whose size is not computed."""
    outer, text = nested.outer, nested.text
    for key, why in TELLING_KEYS.items():
        if key == "compress_ratios" and nested.model_type in COMPRESSED:
            continue
        if text.raw(key) or outer.raw(key):
            yield why
    if vision is not None and not vision.parameters:
        yield "the vision encoder (vision_config names neither width nor depth)"
    for name in towers(outer, _BESIDE | TELLING_KEYS.keys()):
        yield f"the part {outer.where(name)}"


def unmeasured_parts(nested: Nested, vision: Vision | None) -> Iterator[str]:
    """Names of parts whose weights are computed and whose memory beside those is not."""
    kind = str(nested.outer.values.get("model_type") or "")
    if nested.model_type in COMPRESSED:
        yield "what compressed attention and its parallel streams keep while profiling"
    if nested.text.raw("attn_res_block_size"):
        yield "what its attention over earlier blocks keeps while profiling"
    named = nested.outer.values.get("architectures")
    if nested.outer.has("vision_config"):
        if kind not in TOWERS:
            estimated = "" if vision is None or vision.exact else ", whose weights are estimated"
            yield f"the profiling run of its vision encoder{estimated}"
    elif nested.within and isinstance(named, list) and str(named[:1]).endswith("ForConditionalGeneration']"):
        yield "its encoders, which config.json does not describe"
