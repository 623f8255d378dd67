"""AMD Quark: a scheme for the model, others by layer and by kind of layer, and a list of exceptions."""

from collections.abc import Mapping
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.errors import UnknownQuantizationError
from planner.model.quantization.names import listed
from planner.model.quantization.quantization import Quantization, Rule
from planner.model.quantization.rules import by_name
from planner.model.quantization.scheme import (
    FP8,
    INT8,
    MX_GROUP,
    MXFP4,
    MXFP8,
    NVFP4,
    Scheme,
    fp8_blocks,
    fp8_groups,
    integers,
)

_SIX_BITS = Scheme(family="mxfp4", bits=6, overhead_bytes=1 / MX_GROUP, group=MX_GROUP)


def read_quark(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """Quark, as vLLM reads it: the scheme of a layer's own name, of its kind, or the global one.

    Raises:
        UnknownQuantizationError: a number format that the planner does not know.
    """
    general = _scheme(config.get("global_quant_config"), f"{where}.global_quant_config")
    kinds = values.mapping(config.get("layer_type_quant_config"), f"{where}.layer_type_quant_config")
    linear = next(
        (
            _scheme(given, f"{where}.layer_type_quant_config[{name[:60]!r}]")
            for name, given in kinds.items()
            if name.endswith("Linear")
        ),
        general,
    )
    rules = [
        Rule(names=names, scheme=None)
        for names in listed((f"{where}.exclude", values.names(config.get("exclude"), f"{where}.exclude")))
    ]
    place = f"{where}.layer_quant_config"
    own = {
        name: _scheme(given, f"{place}[{name[:60]!r}]")
        for name, given in values.mapping(config.get("layer_quant_config"), place).items()
    }
    rules += by_name(own, place)
    return Quantization(method="quark", linear=linear, experts=general, rules=tuple(rules))


def _scheme(given: Any, where: str) -> Scheme | None:
    weight = values.mapping(given, where).get("weight")
    steps = weight if isinstance(weight, list) else [weight]
    last = values.mapping(steps[-1] if steps else None, f"{where}.weight")
    if not last:
        return None
    kind = values.text(last.get("dtype"), f"{where}.weight.dtype")
    form = values.text(last.get("qscheme"), f"{where}.weight.qscheme")
    size = values.group(last.get("group_size"), f"{where}.weight.group_size") if form == "per_group" else 0
    if kind == "fp4":
        return NVFP4 if size == NVFP4.group or len(steps) > 1 else MXFP4
    if kind.startswith(("fp6", "mxfp6")):
        return _SIX_BITS
    if kind.startswith(("fp8", "mxfp8")):
        if form == "per_block":
            return fp8_blocks()
        return FP8 if not size else MXFP8 if size == MX_GROUP else fp8_groups(size)
    if kind in {"int8", "uint8"}:
        return integers(8, size) if size else INT8
    if kind in {"int4", "uint4"}:
        return integers(4, size, zero_points=kind.startswith("u"))
    if kind in {"bfloat16", "float16", "float32"}:
        return None
    raise UnknownQuantizationError(f"nothing is known of Quark's {kind[:60] or '(no dtype)'}")
