"""Which part of a model one token passes: all of a dense model, some experts of a mixture."""

from functools import cache

from planner.catalog.models import known_model
from planner.model.parameters import layer_weights, total


@cache
def active_share(model: str) -> float:
    """Share of the parameters that one token passes, 0 to 1; 1 for a model the catalogue does not know."""
    known = known_model(model)
    if known is None or not known.shape.experts:
        return 1.0
    shape, whole = known.shape, total(known.shape)
    idle = sum(
        kind.count * weight.count * (1 - min(1.0, weight.experts.per_token / weight.experts.count))
        for kind in shape.kinds()
        for weight in layer_weights(shape, kind.layer)
        if weight.experts
    )
    return (whole - idle) / whole
