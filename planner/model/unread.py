"""Keys of a configuration that no reader looked at and that may bear on memory.

A family that the planner does not know may have parts under names of its own. Each unread key that looks like a count or a
width is named, and the model's memory is then unknown rather than computed without it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from planner.model.keys import Keys

_BEARS = re.compile(
    r"expert|group|(^|_)kv|head|ffn|layer|(^|_)dim|dim($|_)|rank|size|width|depth|hidden|block|lora|inner|intermediate|channel|"
    r"^n_|^num_|share|state|latent|stage|expan|ratio$|mult|loop|repeat",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"token|drop|eps|epsilon|initializer|init_|_std|std$|theta|coef|loss|scal(e|ing)|softcap|cap$|rope|rotary|temperature|"
    r"jitter|pretraining_tp|ep_size|chunk_size$|image_|video_|audio_|vision_|interp|dtype|label|beam|seed|nextn|mtp|"
    r"_multiplier$|capacity_factor|balance_factor|n_group$|topk_group|num_expert_group|expert_group|limited_groups|_theta|routing|router_|norm_topk|"
    r"time_step_|logit|tie_|use_|return_|output_|quant|bos|eos|pad_|vocab|version|max_batch|warmup|fused|flash|"
    r"kernel_impl|alpha$|beta$|yarn|attn_impl|truncat|prefix|cache_impl|gradient|original_|per_layer_type|norm_type|"
    r"tokenizer|auto_map|max_window_layers|_idx$|_index$|type_vocab|aux_|sequence_parallel|head_weight|query_pre_attn",
    re.IGNORECASE,
)
_MOST_NAMED = 6


def unread_dimensions(keys: Keys) -> tuple[str, ...]:
    """Paths of unread keys that look like a count or a width of the language model, at most some."""
    found = [path for path, name, value in keys.unread() if _suspicious(name, value)]
    more = len(found) - _MOST_NAMED
    return tuple(found[:_MOST_NAMED]) + ((f"{more} more",) if more > 0 else ())


def towers(outer: Keys, known: frozenset[str]) -> Iterator[str]:
    """Objects beside the language model that have dimensions of their own: encoders and generators."""
    for name, value in outer.values.items():
        if name in known or not isinstance(value, Mapping) or _HARMLESS.search(name):
            continue
        if any(isinstance(each, int | float) and _is_width(str(key)) for key, each in _leaves(value)):
            yield name


def _suspicious(name: str, value: Any) -> bool:
    if _HARMLESS.search(name):
        return False
    if isinstance(value, Mapping):
        return any(_suspicious(str(key), each) for key, each in value.items())
    if isinstance(value, list):
        return bool(_BEARS.search(name)) and any(_is_number(each) or isinstance(each, Mapping) for each in value)
    return bool(_BEARS.search(name)) and _is_number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0


def _is_width(name: str) -> bool:
    return bool(re.search(r"hidden|width|embed_dim|d_model|num_layers|num_hidden_layers|depth|n_layer|dim$", name))


def _leaves(values: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and depth < 4:
            yield from _leaves(value, depth + 1)
        else:
            yield key, value
