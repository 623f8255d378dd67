"""Integers in groups: AWQ, GPTQ with its dynamic rules, AutoRound with its configuration by layer, BitBLAS and HQQ."""

from collections.abc import Mapping
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.names import REGULAR, listed
from planner.model.quantization.quantization import Part, Quantization, Rule
from planner.model.quantization.rules import anywhere, by_name, few
from planner.model.quantization.scheme import DEFAULT_GROUP, MXFP4, MXFP8, NVFP4, Scheme, fp8_blocks, integers
from planner.model.quantization.values import MOST_BITS

_BODY = frozenset({Part.LINEAR, Part.EXPERTS})
MARLIN_BITS = frozenset({4, 8})
"""Bits that GPTQ's faster kernels load, of symmetric groups alone."""
_SKIP = "-:"
_MARKS = (_SKIP, "+:")
_SPECIAL = frozenset("*+?^$()[]{}|\\")


def read_awq(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """AWQ, in AutoAWQ's words or in those of llm-awq."""
    scheme = _packed(config, where, ("w_bit", "bits"), ("q_group_size", "group_size"))
    kept = listed((f"{where}.modules_to_not_convert", values.names(config.get("modules_to_not_convert"), where)))
    return Quantization(
        method=values.text(config.get("quant_method"), where),
        linear=scheme,
        experts=scheme,
        head=scheme if config.get("lm_head") is True else None,
        rules=tuple(Rule(names=names, scheme=None) for names in kept),
    )


def read_gptq(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """GPTQ; ``dynamic`` has rules by regular expression, ``modules_in_block_to_quantize`` names all that is quantized."""
    scheme = _packed(config, where, ("bits",), ("group_size",))
    only = listed(
        (
            f"{where}.modules_in_block_to_quantize",
            values.names(config.get("modules_in_block_to_quantize"), f"{where}.modules_in_block_to_quantize"),
        )
    )
    return Quantization(
        method=values.text(config.get("quant_method"), where),
        linear=None if only else scheme,
        experts=None if only else scheme,
        head=scheme if config.get("lm_head") is True else None,
        rules=(*_dynamic(config, where, scheme), *(Rule(names=names, scheme=scheme, parts=_BODY) for names in only)),
        traits=frozenset(_traits(config, scheme)),
    )


def read_auto_round(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """AutoRound; ``extra_config`` has the bits of single layers, 16 for those that are not quantized."""
    scheme = _rounded(config, {}, where)
    place = f"{where}.extra_config"
    extra = {
        name if _SPECIAL.isdisjoint(name) else anywhere(name, f"{place}[{name[:60]!r}]"): _rounded(
            config, values.mapping(given, f"{place}[{name[:60]!r}]"), f"{place}[{name[:60]!r}]"
        )
        for name, given in values.mapping(config.get("extra_config"), place).items()
    }
    blocks = config.get("block_name_to_quantize")
    within = blocks.split(",") if isinstance(blocks, str) else blocks
    only = listed((f"{where}.block_name_to_quantize", values.names(within, f"{where}.block_name_to_quantize")))
    everything = not only or all(_is_whole_body(name) for names in only for name in names.entries)
    return Quantization(
        method=values.text(config.get("quant_method"), where).replace("_", "-"),
        linear=scheme if everything else None,
        experts=scheme if everything else None,
        rules=(
            *by_name(extra, place),
            *(() if everything else (Rule(names=names, scheme=scheme, parts=_BODY) for names in only)),
        ),
    )


def read_hqq(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """HQQ: a scale and a zero point of 16 bits for each group."""
    place = f"{where}.quant_config.weight_quant_params"
    given = values.mapping(config.get("quant_config"), f"{where}.quant_config")
    parameters = values.mapping(given.get("weight_quant_params"), place)
    bits = values.bits(parameters.get("nbits", 4), f"{place}.nbits")
    group = values.group(parameters.get("group_size", 64), f"{place}.group_size")
    plain = integers(bits, group)
    scheme = Scheme(family=plain.family, bits=plain.bits, overhead_bytes=2 * plain.overhead_bytes, group=plain.group)
    kept = listed((f"{where}.skip_modules", values.names(config.get("skip_modules"), f"{where}.skip_modules")))
    return Quantization(method="hqq", linear=scheme, rules=tuple(Rule(names=names, scheme=None) for names in kept))


def _traits(config: Mapping[str, Any], scheme: Scheme) -> set[str]:
    """What the releases differ in."""
    found = {"act_order"} if config.get("desc_act") is True and scheme.group else set()
    return found | ({"exllama"} if scheme.bits not in MARLIN_BITS or config.get("sym") is False else set())


def _packed(config: Mapping[str, Any], where: str, bits: tuple[str, ...], group: tuple[str, ...]) -> Scheme:
    bits_key, bits_value = _first(config, bits, 4)
    group_key, group_value = _first(config, group, DEFAULT_GROUP)
    return integers(
        values.bits(bits_value, f"{where}.{bits_key}"),
        values.group(group_value, f"{where}.{group_key}"),
        zero_points=True,
    )


def _first(config: Mapping[str, Any], keys: tuple[str, ...], default: int) -> tuple[str, Any]:
    return next(((key, config[key]) for key in keys if key in config), (keys[0], default))


def _dynamic(config: Mapping[str, Any], where: str, base: Scheme) -> tuple[Rule, ...]:
    place = f"{where}.dynamic"
    found: dict[str, Scheme | None] = {}
    for expression, given in few(values.mapping(config.get("dynamic"), place), place).items():
        own = values.mapping(given, f"{place}[{expression[:60]!r}]")
        bare = expression[2:] if expression.startswith(_MARKS) else expression
        scheme = None if expression.startswith(_SKIP) else _changed(base, own, f"{place}[{expression[:60]!r}]")
        found.setdefault(f"{REGULAR}{bare}", scheme)
    return by_name(found, place, _BODY)


def _changed(base: Scheme, own: Mapping[str, Any], where: str) -> Scheme:
    bits = values.bits(own.get("bits", int(base.bits)), f"{where}.bits")
    group = values.group(own.get("group_size", base.group or None), f"{where}.group_size")
    return integers(bits, group, zero_points=True)


def _rounded(config: Mapping[str, Any], own: Mapping[str, Any], where: str) -> Scheme | None:
    bits = values.bits(own.get("bits", config.get("bits", 4)), f"{where}.bits")
    if bits >= MOST_BITS:
        return None
    given = own.get("group_size", config.get("group_size", DEFAULT_GROUP))
    kind = values.text(own.get("data_type", config.get("data_type")), f"{where}.data_type")
    if kind.startswith("mx_fp"):
        return MXFP4 if bits == 4 else MXFP8
    if kind.startswith("nv_fp"):
        return NVFP4
    if isinstance(given, list | tuple):
        rows, columns = (values.group(edge, f"{where}.group_size") or 1 for edge in (*given, 1, 1)[:2])
        return fp8_blocks(rows, columns)
    return integers(bits, values.group(given, f"{where}.group_size"), zero_points=True)


def _is_whole_body(name: str) -> bool:
    return name.strip().rpartition(".")[2] in {"layers", "h", "blocks"}
