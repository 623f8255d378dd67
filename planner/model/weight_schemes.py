"""How each weight of a model is stored."""

from planner.model.architecture import ModelArchitecture
from planner.model.parameters import Weight, embedding, head, layer_weights
from planner.model.quantization import Part, Quantization, Scheme

_OUTSIDE = {"lm_head": Part.HEAD, "embed_tokens": Part.EMBEDDING}


def scheme_of(quantization: Quantization, weight: Weight, layer_index: int | None) -> Scheme | None:
    """How a weight is stored; None for 16 bits.

    Args:
        quantization: The model's, or the one it is loaded with.
        weight: The weight.
        layer_index: Its layer; None for embedding, output layer and the last norm.

    Raises:
        UnreadableQuantizationError: the regular expressions of a configuration take too long to evaluate.
    """
    if layer_index is None:
        part = _OUTSIDE.get(weight.module)
        return quantization.scheme(weight.module, part) if part else None
    if not weight.linear:
        return None
    return quantization.scheme(f"layers.{layer_index}.{weight.module}", Part.EXPERTS if weight.experts else Part.LINEAR)


def evaluate_names(shape: ModelArchitecture) -> None:
    """Find the scheme of every weight once, so that a configuration is refused when it is read, and known afterwards.

    Raises:
        UnreadableQuantizationError: its regular expressions take too long to evaluate.
    """
    quantization = shape.quantization
    for weight in (embedding(shape), head(shape)):
        if weight:
            scheme_of(quantization, weight, None)
    for kind in shape.kinds():
        for index in range(len(shape.layers)) if quantization.names_layers else (kind.first,):
            if shape.layers[index] == kind.layer:
                for weight in layer_weights(shape, kind.layer):
                    scheme_of(quantization, weight, index)
