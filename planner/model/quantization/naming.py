"""Names of modules: what checkpoints call them, and the one name the planner has for each.

The planner's names are those of Llama and DeepSeek: ``layers.3.self_attn.q_proj``, ``layers.3.mlp.experts.0.up_proj``.
"""

import re
from functools import lru_cache

_CONTAINERS = frozenset(
    {"model", "language_model", "transformer", "backbone", "decoder", "text_model", "thinker", "base_model"}
)
SAME = {
    "h": "layers",
    "blocks": "layers",
    "feed_forward": "mlp",
    "block_sparse_moe": "mlp",
    "ffn": "mlp",
    "moe": "mlp",
    "attn": "self_attn",
    "attention": "self_attn",
    "self_attention": "self_attn",
    "shared_expert": "shared_experts",
    "shared_mlp": "shared_experts",
    "w1": "gate_proj",
    "w3": "up_proj",
    "w2": "down_proj",
    "query_key_value": "qkv_proj",
    "c_attn": "qkv_proj",
    "Wqkv": "qkv_proj",
    "wq_a": "q_a_proj",
    "wq_b": "q_b_proj",
    **dict.fromkeys(("in_proj_qkv", "in_proj_z"), "in_proj_qkvz"),
    **dict.fromkeys(("in_proj_a", "in_proj_b"), "in_proj_ba"),
    **dict.fromkeys(("fc1_latent_proj", "fc2_latent_proj"), "latent_proj"),
    "output": "lm_head",
}
"""What other checkpoints call a part, and the planner's word for it."""
_FUSED = {
    **dict.fromkeys(("q_proj", "k_proj", "v_proj"), "qkv_proj"),
    **dict.fromkeys(("gate_proj", "up_proj"), "gate_up_proj"),
}
_ANY_EXPERT = re.compile(r"\.experts\.\d+")


def plain(entry: str) -> str:
    """The planner's name for what a checkpoint calls a module, or a part of one; every expert is the first."""
    parts = entry.strip().strip(".").split(".")
    while len(parts) > 1 and parts[0] in _CONTAINERS:
        parts.pop(0)
    return _ANY_EXPERT.sub(".experts.0", ".".join(SAME.get(part, part) for part in parts if part != "weight"))


def spellings(module: str) -> tuple[str, ...]:
    """The names a module goes by: its own, the fused projection it is part of, and the block kind of a Nemotron-H."""
    head, _, leaf = module.rpartition(".")
    found = [module]
    if leaf in _FUSED:
        found.append(f"{head}.{_FUSED[leaf]}")
    parts = module.split(".")
    if len(parts) > 2 and parts[0] == "layers":
        found.append(".".join((*parts[:2], "mixer", *parts[3:])))
    return tuple(found)


@lru_cache(maxsize=1 << 15)
def parts_of(module: str) -> frozenset[str]:
    """Every run of parts of a module's names, such as ``self_attn`` and ``mlp.experts``."""
    found: set[str] = set()
    for name in spellings(module):
        parts = name.split(".")
        found |= {".".join(parts[low:high]) for low in range(len(parts)) for high in range(low + 1, len(parts) + 1)}
    return frozenset(found)


def layer_of(name: str) -> tuple[int, str] | None:
    """The layer's index and the rest of a plain name; None for what is in no layer."""
    head, _, rest = name.removeprefix("layers.").partition(".")
    return (int(head), rest) if name.startswith("layers.") and head.isdecimal() and rest else None
