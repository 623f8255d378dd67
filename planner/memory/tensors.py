"""The largest tensor of a checkpoint: what a loader must be able to hold in one piece."""

from collections.abc import Iterator

from planner.memory.weights import DTYPE_BYTES, stored_dtype
from planner.model.architecture import ModelArchitecture
from planner.model.parameters import Weight, embedding, head, layer_weights, total
from planner.model.weight_schemes import scheme_of
from planner.units import GIB

SEPARATE_EXPERTS = frozenset(
    {
        *("mixtral", "qwen2_moe", "qwen3_moe", "qwen3_next", "olmoe", "glm4_moe", "glm4_moe_lite", "glm_moe_dsa"),
        *("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "dots1", "bailing_moe", "minimax_m2", "phimoe"),
        *("jamba", "lfm2_moe", "nemotron_h", "mimo_v2_flash", "ernie4_5_moe"),
    }
)
"""Mixtures whose checkpoints have each expert by itself (``model_type``); others may store those of a layer in one tensor."""
_FIXED_BOUND_GIB = 5.0
_BOUND_SHARE = 1 / 16


def largest_tensor_bytes(shape: ModelArchitecture) -> float:
    """Bytes of the largest tensor of the published weights, never less than it is.

    A gate and an up projection count as one tensor, since some models store them so. Of a model with parts that the
    planner does not compute the bound for unknown models is taken where it is more.
    """
    found = max(_tensors(shape))
    return max(found, largest_tensor_bound(2.0 * total(shape))) if shape.uncovered else found


def largest_tensor_bound(checkpoint_bytes: float) -> float:
    """Bytes that no tensor of a model of this size is expected to exceed, where only the size is known.

    The largest known: 4.4 GiB of 14.6 (per-layer embeddings of Gemma 3n E4B), 5.3 of 15 (of Gemma 4 E4B), 20 of 745 (experts
    of a layer of Llama 4 Maverick), 8 of 740 (of Qwen3.5-397B); 3.9 of 754 in a dense model (embedding of Llama 3.1 405B).
    """
    return min(checkpoint_bytes, _FIXED_BOUND_GIB * GIB + _BOUND_SHARE * checkpoint_bytes)


def _tensors(shape: ModelArchitecture) -> Iterator[float]:
    width = DTYPE_BYTES[stored_dtype(shape)]
    output = head(shape)
    yield from (weight.count * width for weight in (embedding(shape), output) if weight)
    for kind in shape.kinds():
        for weight in layer_weights(shape, kind.layer):
            yield _pieces(shape, weight) * weight.count * _bytes(shape, weight, kind.first, width)


def _bytes(shape: ModelArchitecture, weight: Weight, index: int, width: int) -> float:
    if shape.quantization.names_layers:
        return width
    scheme = scheme_of(shape.quantization, weight, index)
    return min(width, scheme.stored_bytes) if scheme else width


def _pieces(shape: ModelArchitecture, weight: Weight) -> float:
    """How many times the counted parameters one tensor may have."""
    fused = 2 if weight.module.endswith("gate_proj") and weight.linear else 1
    if not weight.experts:
        return fused
    return fused / weight.experts.count if shape.model_type in SEPARATE_EXPERTS else fused
