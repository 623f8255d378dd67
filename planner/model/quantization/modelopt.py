"""NVIDIA ModelOpt: one algorithm for the model, or one for each module (``MIXED_PRECISION``)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.errors import UnknownQuantizationError
from planner.model.quantization.names import listed
from planner.model.quantization.naming import layer_of, plain
from planner.model.quantization.quantization import Quantization, Rule
from planner.model.quantization.rules import by_name
from planner.model.quantization.scheme import DEFAULT_GROUP, FP8, INT8, MXFP8, NVFP4, Scheme, fp8_blocks, integers

MIXED = "MIXED_PRECISION"
_BY_METHOD = {"modelopt_fp4": "NVFP4", "nvfp4": "NVFP4", "modelopt_mxfp8": "MXFP8", "fp8_pb_wo": "FP8_PB_WO"}
_BLOCKS = frozenset({"FP8_PB_WO", "FP8_BLOCK_SCALES"})
_OTHERS = {
    "W4A16_AWQ": integers(4, DEFAULT_GROUP),
    "W4A8_AWQ": integers(4, DEFAULT_GROUP),
    "NVFP4_AWQ": NVFP4,
    "INT8_SQ": INT8,
    "W8A8_SQ_PER_CHANNEL": INT8,
    "W8A16": INT8,
}
"""ModelOpt's algorithms that vLLM does not read."""
_FUSED = {"q_proj": ("k_proj", "v_proj"), "gate_proj": ("up_proj",)}


def read_modelopt(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """ModelOpt, in the words of ``hf_quant_config.json`` or of ``config.json``.

    Read as ``layers/quantization/modelopt.py`` of vLLM 0.32 does.

    Raises:
        UnknownQuantizationError: no algorithm, or one that the planner does not know.
    """
    inner, place = config, where
    if "quantization" in config:
        inner, place = values.mapping(config["quantization"], f"{where}.quantization"), f"{where}.quantization"
    method = values.text(config.get("quant_method"), f"{where}.quant_method")
    named = inner.get("quant_algo", config.get("quant_algo"))
    algorithm = (values.text(named, f"{place}.quant_algo") or _BY_METHOD.get(method, "")).upper()
    excluded = [
        (f"{place}.{key}", values.names(inner.get(key), f"{place}.{key}")) for key in ("exclude_modules", "ignore")
    ]
    kept = tuple(Rule(names=names, scheme=None) for names in listed(*excluded))
    cache = _cache(inner, config, place)
    if algorithm == MIXED:
        given = values.mapping(inner.get("quantized_layers"), f"{place}.quantized_layers")
        rules = _by_module(given, f"{place}.quantized_layers")
        if not rules:
            raise UnknownQuantizationError("MIXED_PRECISION without quantized_layers: the formats are not given")
        return Quantization(method="modelopt_mixed", rules=(*kept, *rules), kv_cache=cache)
    scheme = _scheme(algorithm, inner, place)
    return Quantization(
        # A method of its own in 0.8, which no later release has; its table of methods refuses it there.
        method=method if method == "nvfp4" else f"modelopt_{scheme.family}",
        linear=scheme,
        experts=scheme,
        head=scheme,
        rules=kept,
        kv_cache=cache,
        not_loaded=f"vLLM does not read ModelOpt's {algorithm}: an FP8 or NVFP4 checkpoint"
        if algorithm in _OTHERS
        else f"vLLM has no quant_method {method}: quant_method modelopt in config.json, with quant_algo {algorithm}"
        if method == "fp8_pb_wo"
        else "",
    )


def _scheme(algorithm: str, config: Mapping[str, Any], where: str) -> Scheme:
    given = config.get("group_size")
    if isinstance(given, str) and given.strip().isdecimal():
        given = int(given)  # vLLM reads digits here, too
    group = values.group(given, f"{where}.group_size")
    if algorithm in _BLOCKS:
        return fp8_blocks(group or DEFAULT_GROUP, group or DEFAULT_GROUP)
    if algorithm in {"NVFP4", "W4A16_NVFP4"}:
        return replace(NVFP4, overhead_bytes=1 / (group or NVFP4.group), group=group or NVFP4.group)
    if algorithm == "MXFP8":
        return MXFP8
    if algorithm.startswith("FP8"):
        return FP8
    if algorithm in _OTHERS:
        return _OTHERS[algorithm]
    raise UnknownQuantizationError(f"nothing is known of ModelOpt's quant_algo {algorithm[:60] or '(none)'}")


def _by_module(given: Mapping[str, Any], where: str) -> tuple[Rule, ...]:
    """The rules of a map from modules to algorithms.

    A module that has one algorithm in every layer the map names is taken to have it in all, so a map of one layer stands
    for the others; so is the partner of a fused projection, as in vLLM.
    """
    schemes = {name: _one(name, entry, where) for name, entry in _distinct(given).items()}
    layers: dict[int, dict[str, Scheme]] = {}
    elsewhere: dict[str, Scheme] = {}
    for name, scheme in schemes.items():
        found = layer_of(name)
        if found:
            layers.setdefault(found[0], {})[found[1]] = scheme
        else:
            elsewhere[name] = scheme
    of_kind: dict[str, list[dict[str, Scheme]]] = {}
    for modules in layers.values():
        for kind in {_kind(module) for module in modules}:
            of_kind.setdefault(kind, []).append(modules)
    general: dict[str, Scheme] = {}
    common: set[str] = set()
    for module in dict.fromkeys(module for modules in layers.values() for module in modules):
        having = of_kind[_kind(module)]
        if all(modules.get(module) == having[0].get(module) for modules in having):
            general |= _completed(module, having[0])
            common.add(module)
    special = {
        f"layers.{index}.{module}": scheme
        for index, modules in layers.items()
        for module, scheme in modules.items()
        if module not in common
    }
    return by_name({**special, **elsewhere, **general}, where)


def _distinct(given: Mapping[str, Any]) -> dict[str, Any]:
    """The map with every expert as the first, so that each module is there once."""
    found: dict[str, Any] = {}
    for name, entry in given.items():
        found.setdefault(plain(name), entry)
    return found


def _one(name: str, entry: Any, where: str) -> Scheme:
    place = f"{where}[{name[:60]!r}]"
    given = values.mapping(entry, place)
    algorithm = values.text(given.get("quant_algo"), f"{place}.quant_algo").upper()
    if not algorithm:
        raise values.refuse(f"{place}.quant_algo", given.get("quant_algo"), "an algorithm's name")
    return _scheme(algorithm, given, place)


def _kind(module: str) -> str:
    """Modules of a kind are in a layer together: those of its attention, of its experts, of its dense network."""
    return "experts" if ".experts" in f".{module}" else module.rpartition(".")[0] or module


def _completed(module: str, modules: Mapping[str, Scheme]) -> dict[str, Scheme]:
    head, _, leaf = module.rpartition(".")
    partners = [f"{head}.{other}" for other in _FUSED.get(leaf, ())]
    if head and leaf == "q_proj" and not any(other.startswith(f"{head}.") for other in modules if other != module):
        return {head: modules[module]}  # the one entry for an attention stands for all of it
    return dict.fromkeys((module, *(each for each in partners if each not in modules)), modules[module])


def _cache(inner: Mapping[str, Any], config: Mapping[str, Any], where: str) -> str:
    """Number format of the KV cache; what vLLM does not know leaves it in 16 bits."""
    given = next(
        (
            source[key]
            for key in ("kv_cache_scheme", "kv_cache_quant_algo")
            for source in (inner, config)
            if source.get(key)
        ),
        None,
    )
    if isinstance(given, Mapping):
        if given.get("type") != "float":
            return ""
        eight = given.get("num_bits") == 8 and given.get("dynamic") is False
        return "fp8" if eight else "nvfp4" if given.get("num_bits") == 4 else ""
    named = values.text(given, f"{where}.kv_cache_quant_algo")
    return named if named in {"fp8", "nvfp4"} else ""
