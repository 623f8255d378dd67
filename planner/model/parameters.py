"""Every weight of a model: embeddings, layers by kind, output layer."""

from collections.abc import Iterator

from planner.model.architecture import ModelArchitecture
from planner.model.layers import Experts, Layer, Mlp
from planner.model.mixer_weights import mixer_weights
from planner.model.weight import Split, Weight

__all__ = ["VOCAB_MULTIPLE", "Split", "Weight", "embedding", "final_norm", "head", "layer_weights", "total"]

VOCAB_MULTIPLE = 64
"""vLLM pads the vocabulary to a multiple of this (and of the tensor parallel degree)."""


def embedding(shape: ModelArchitecture) -> Weight:
    """The embedding of tokens."""
    positions = shape.learned_positions * shape.hidden
    return Weight(
        module="embed_tokens", count=shape.vocab * shape.hidden + positions + shape.extra_parameters, linear=False
    )


def head(shape: ModelArchitecture) -> Weight | None:
    """The output layer, unless it is the embedding."""
    if shape.tied:
        return None
    return Weight(module="lm_head", count=shape.vocab * shape.hidden, linear=False)


def final_norm(shape: ModelArchitecture) -> Weight:
    """The norm after the last layer."""
    width = shape.hidden if shape.final_norm else 0
    return Weight(module="norm", count=width * (2 if shape.norm_bias else 1), split=Split.WHOLE, linear=False)


def layer_weights(shape: ModelArchitecture, layer: Layer) -> Iterator[Weight]:
    """The weights of one layer."""
    norms = layer.norms * shape.hidden * (2 if shape.norm_bias else 1)
    norms += sum(attention.qk_norm for attention in layer.attentions)
    yield Weight(module="norms", count=norms, split=Split.WHOLE, linear=False)
    for mixer in layer.mixers:
        yield from mixer_weights(shape.hidden, mixer)
    for part in layer.feed_forward:
        if isinstance(part, Experts):
            # Experts beside a dense network are modules of the layer itself (Gemma 4).
            yield from _mixture("experts" if layer.mlps else "mlp.experts", shape.hidden, part)
        else:
            yield from _mlp("mlp", shape.hidden, part)


def total(shape: ModelArchitecture) -> int:
    """Parameters of the whole model, its vision tower included."""
    count = embedding(shape).count + final_norm(shape).count
    output = head(shape)
    count += output.count if output else 0
    count += sum(kind.count * weight.count for kind in shape.kinds() for weight in layer_weights(shape, kind.layer))
    return count + (shape.vision.parameters if shape.vision else 0)


def _mlp(module: str, width: int, mlp: Mlp) -> Iterator[Weight]:
    inner = mlp.intermediate
    if mlp.gated:
        yield Weight(module=f"{module}.gate_proj", count=width * inner)
    yield Weight(module=f"{module}.up_proj", count=width * inner)
    yield Weight(module=f"{module}.down_proj", count=inner * width)
    if mlp.bias:
        yield Weight(module=f"{module}.bias", count=inner * (2 if mlp.gated else 1), linear=False)
        yield Weight(module=f"{module}.down_bias", count=width, split=Split.WHOLE, linear=False)


def _mixture(module: str, width: int, experts: Experts) -> Iterator[Weight]:
    choices = experts.count + experts.zero_experts
    router = width * choices + (choices if experts.router_bias else 0)
    yield Weight(module="mlp.gate", count=router, split=Split.WHOLE, linear=False)
    within = experts.latent_width or width
    inner = experts.count * experts.intermediate
    if experts.gated:
        yield Weight(module=f"{module}.0.gate_proj", count=within * inner, experts=experts)
    yield Weight(module=f"{module}.0.up_proj", count=within * inner, experts=experts)
    yield Weight(module=f"{module}.0.down_proj", count=inner * within, experts=experts)
    if experts.latent_width:
        yield Weight(module="mlp.latent_proj", count=2 * width * within, split=Split.WHOLE)
    if experts.latent_norm:
        yield Weight(module="mlp.latent_norm", count=within, split=Split.WHOLE, linear=False)
    if experts.bias:
        yield Weight(module=f"{module}.bias", count=(2 if experts.gated else 1) * inner, linear=False, experts=experts)
        yield Weight(module=f"{module}.down_bias", count=experts.count * width, split=Split.WHOLE, linear=False)
    if experts.shared_intermediate:
        shared = Mlp(intermediate=experts.shared_intermediate, gated=experts.gated)
        yield from _mlp("mlp.shared_experts", width, shared)
    if experts.shared_gate:
        yield Weight(module="mlp.shared_expert_gate", count=width, split=Split.WHOLE, linear=False)
