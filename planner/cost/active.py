"""Which part of a model one token passes: all of a dense model, some experts of a mixture."""

from functools import cache

from planner.catalog.models import known_model
from planner.model.parameters import layer, total


@cache
def active_share(model: str) -> float:
    """Share of the parameters that one token passes, 0 to 1; 1 for a model the catalogue does not know."""
    known = known_model(model)
    if known is None or known.shape.experts is None:
        return 1.0
    shape, experts = known.shape, known.shape.experts
    routed = sum(weight.count for index in range(shape.layers) for weight in layer(shape, index) if weight.expert)
    whole = total(shape)
    return (whole - routed * (1 - min(1.0, experts.per_token / experts.count))) / whole
