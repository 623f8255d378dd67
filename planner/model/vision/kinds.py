"""The vision tower of each kind of model, by the ``model_type`` of the whole configuration or of the tower."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from planner.model.keys import Keys
from planner.model.vision import flat, glm, projectors, qwen, vits

Tower = Callable[[Keys, Keys, int], int]
"""Parameters of tower and projector, of the configuration around the tower, the tower's, and the language model's width."""


def _width(tower: Keys) -> int:
    return tower.count("hidden_size", "embed_dim", "width", "vt_hidden_size") or 0


_QWEN2_VL: Tower = lambda _, tower, hidden: qwen.qwen2_vl(tower, hidden)  # noqa: E731  a table of small functions
_QWEN2_5_VL: Tower = lambda _, tower, hidden: qwen.qwen2_5_vl(tower, hidden)  # noqa: E731
_QWEN3_VL: Tower = lambda _, tower, hidden: qwen.qwen3_vl(tower, hidden)  # noqa: E731
_LLAVA: Tower = lambda outer, tower, hidden: (  # noqa: E731
    _encoder(tower) + projectors.two_layers(outer, _width(tower), hidden)
)
_INTERNVL: Tower = lambda outer, tower, hidden: (  # noqa: E731
    vits.intern_vit(tower) + projectors.internvl(outer, _width(tower), hidden)
)

KINDS: Mapping[str, Tower] = MappingProxyType(
    {
        "qwen2_vl": _QWEN2_VL,
        "qwen2_5_vl": _QWEN2_5_VL,
        "exaone4_5": _QWEN2_5_VL,
        **dict.fromkeys(("qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe"), _QWEN3_VL),
        **dict.fromkeys(("glm4v", "glm4v_moe", "glm46v"), lambda _, tower, hidden: glm.glm4v(tower, hidden)),
        "dots_ocr": lambda _, tower, hidden: flat.dots_ocr(tower, hidden),
        "minicpmv": flat.minicpmv,
        "gemma3": lambda _, tower, hidden: vits.siglip(tower) + projectors.gemma3(_width(tower), hidden),
        "gemma4": lambda _, tower, hidden: vits.gemma4(tower) + projectors.gemma4(_width(tower), hidden),
        "mistral3": lambda outer, tower, hidden: (
            vits.pixtral(tower) + projectors.mistral3(outer, _width(tower), hidden)
        ),
        **dict.fromkeys(("llava", "llava_next", "llava_onevision"), _LLAVA),
        **dict.fromkeys(("internvl", "internvl_chat", "interns1"), _INTERNVL),
        **dict.fromkeys(
            ("kimi_k25", "kimi_vl"),
            lambda _, tower, hidden: vits.moon_vit(tower) + projectors.kimi(_width(tower), hidden),
        ),
        "kimi_k3": lambda _, tower, hidden: vits.moon_vit_3(tower) + projectors.kimi_k3(_width(tower), hidden),
        "minimax_m3_vl": lambda outer, tower, hidden: (
            vits.minimax_m3(tower) + projectors.minimax_m3(outer, _width(tower), hidden)
        ),
        "llama4": lambda _, tower, hidden: vits.llama4(tower) + projectors.llama4(tower, hidden),
    }
)
"""By the ``model_type`` of the configuration that has the tower's."""


def _encoder(tower: Keys) -> int:
    kind = str(tower.raw("model_type") or "")
    if "siglip" in kind:
        return vits.siglip(tower)
    return vits.pixtral(tower) if "pixtral" in kind else vits.clip(tower)
