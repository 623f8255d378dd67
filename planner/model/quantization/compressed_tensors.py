"""compressed-tensors: groups of modules, each with a scheme, and a list of exceptions."""

from collections.abc import Mapping
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.errors import UnknownQuantizationError
from planner.model.quantization.names import REGULAR, listed
from planner.model.quantization.quantization import Quantization, Rule
from planner.model.quantization.rules import by_name
from planner.model.quantization.scheme import (
    FP8,
    FP8_EDGE,
    INT8,
    MX_GROUP,
    MXFP4,
    MXFP8,
    NVFP4,
    Scheme,
    fp8_blocks,
    fp8_groups,
    integers,
    sparse,
)
from planner.model.quantization.values import MOST_BITS

_SPARSE_16 = Scheme(family="sparse", bits=MOST_BITS)
_SPARSE_FORMATS = ("sparse-24", "sparse-bitmask")
_EXPERT_CLASSES = ("experts", "moe")
_BLOCK_DIMENSIONS = 2
_HALF_BYTE, _BYTE = 4, 8


def read_compressed_tensors(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """compressed-tensors, as llm-compressor writes it.

    Which group a module belongs to is found as in vLLM: by its name first, then by the class of its layer. Read as
    ``compressed_tensors/compressed_tensors.py`` of vLLM 0.32 does.

    Raises:
        UnknownQuantizationError: no groups, or a format that the planner does not know.
    """
    groups = values.mapping(config.get("config_groups"), f"{where}.config_groups")
    thinned = _is_sparse(config, where)
    if not groups and not thinned:
        raise UnknownQuantizationError(
            "compressed-tensors without config_groups: the bits of its weights are not given"
        )
    by_class: dict[str, Scheme | None] = {}
    named: dict[str, Scheme | None] = {}
    traits = {"sparse"} if thinned else set()
    for key, given in groups.items():
        place = f"{where}.config_groups.{key[:60]}"
        group = values.mapping(given, place)
        targets = values.names(group.get("targets"), f"{place}.targets") or ("Linear",)
        if len(targets) == 1 and targets[0].endswith("Attention"):
            continue  # scales of the KV cache, which go with kv_cache_scheme
        scheme = _scheme(group, values.text(group.get("format", config.get("format")), f"{place}.format"), place)
        traits |= _traits(group, scheme)
        if scheme and thinned:
            scheme = sparse(scheme)
        classes = [target for target in targets if _is_class(target)]
        by_class |= dict.fromkeys((name.lower() for name in classes), scheme)
        named |= {target: scheme for target in targets if target not in classes and target not in named}
    linear = by_class.get("linear", sparse(_SPARSE_16) if thinned and not groups else None)
    experts = next((by_class[name] for name in by_class if name.endswith(_EXPERT_CLASSES)), linear)
    return Quantization(
        method="compressed-tensors",
        linear=linear,
        experts=experts,
        embedding=by_class.get("embedding"),
        rules=(*_ignored(config, where), *by_name(named, f"{where}.config_groups")),
        kv_cache="fp8" if config.get("kv_cache_scheme") else "",
        traits=frozenset(traits),
    )


def _ignored(config: Mapping[str, Any], where: str) -> tuple[Rule, ...]:
    place = f"{where}.ignore"
    return tuple(Rule(names=names, scheme=None) for names in listed((place, values.names(config.get("ignore"), place))))


def _scheme(group: Mapping[str, Any], form: str, where: str) -> Scheme | None:
    place = f"{where}.weights"
    weights = values.mapping(group.get("weights"), place)
    if not weights:
        return None
    bits = values.bits(weights.get("num_bits", _BYTE), f"{place}.num_bits")
    if bits >= MOST_BITS:
        return None
    kind = values.text(weights.get("type", "int"), f"{place}.type")
    size = values.group(weights.get("group_size"), f"{place}.group_size")
    if kind == "float":
        return _float(weights, bits, size, form, place)
    if kind != "int":
        raise UnknownQuantizationError(f"nothing is known of compressed-tensors weights of type {kind[:60]!r}")
    if bits == _BYTE and not size:
        return INT8
    packed = integers(bits, size, zero_points=weights.get("symmetric") is False)
    return sparse(packed) if form == "marlin-24" else packed


def _float(weights: Mapping[str, Any], bits: int, size: int, form: str, where: str) -> Scheme:
    if bits == _HALF_BYTE:
        return MXFP4 if size == MX_GROUP or "mxfp4" in form else NVFP4
    if bits != _BYTE:
        raise UnknownQuantizationError(f"nothing is known of compressed-tensors floats of {bits} bits")
    if "mxfp8" in form or (size == MX_GROUP and "uint8" in str(weights.get("scale_dtype"))):
        return MXFP8
    if size:
        return fp8_groups(size)
    edges = weights.get("block_structure")
    if edges is None:
        return fp8_blocks() if weights.get("strategy") == "block" else FP8
    if isinstance(edges, str):
        edges = [int(edge) for edge in edges.lower().split("x") if edge.isdecimal()] or [FP8_EDGE, FP8_EDGE]
    if not isinstance(edges, list | tuple) or len(edges) != _BLOCK_DIMENSIONS:
        raise values.refuse(f"{where}.block_structure", edges, "a list of two numbers")
    rows, columns = (values.whole_number(edge, f"{where}.block_structure", least=1, most=1 << 16) for edge in edges)
    return fp8_blocks(rows, columns)


def _traits(group: Mapping[str, Any], scheme: Scheme | None) -> set[str]:
    """What the releases differ in."""
    activations = group.get("input_activations")
    weights = group.get("weights")
    order = weights.get("actorder") if isinstance(weights, Mapping) else None
    found = {"act_order"} if order in {"group", "dynamic"} else set()
    if scheme and scheme.family == "int4" and isinstance(activations, Mapping) and activations.get("type") == "float":
        found.add("w4a8_fp8")
    return found


def _is_sparse(config: Mapping[str, Any], where: str) -> bool:
    given = values.mapping(config.get("sparsity_config"), f"{where}.sparsity_config")
    form = values.text(given.get("format"), f"{where}.sparsity_config.format")
    return form.startswith(_SPARSE_FORMATS) and bool(given.get("targets"))


def _is_class(target: str) -> bool:
    return not target.startswith(REGULAR) and "." not in target and target[:1].isupper()
