"""Methods with a scheme of few words: bitsandbytes, torchao, AQLM."""

from collections.abc import Mapping
from typing import Any

from planner.model.quantization import values
from planner.model.quantization.errors import UnknownQuantizationError
from planner.model.quantization.names import listed
from planner.model.quantization.quantization import Quantization, Rule
from planner.model.quantization.rules import by_name
from planner.model.quantization.scheme import FP8, INT8, MXFP4, NVFP4, Scheme, bitsandbytes, integers

_TORCHAO_GROUP = 128
_FP8_KINDS = ("float8", "fp8")
_INT4_KINDS = ("int4weightonly", "int8dynamicactivationint4weight", "float8dynamicactivationint4weight")
_INT8_KINDS = ("int8weightonly", "int8dynamicactivationint8weight")


def read_bitsandbytes(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """Bitsandbytes in 4 or 8 bits; the output layer stays in 16."""
    bits = 4 if config.get("load_in_4bit", config.get("_load_in_4bit")) else 8
    scheme = bitsandbytes(bits, nested=bool(config.get("bnb_4bit_use_double_quant")))
    place = f"{where}.llm_int8_skip_modules"
    kept = listed((place, values.names(config.get("llm_int8_skip_modules"), place)))
    return Quantization(
        method="bitsandbytes",
        linear=scheme,
        experts=scheme,
        rules=tuple(Rule(names=names, scheme=None) for names in kept),
    )


def read_torchao(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """torchao: the type's name has the format; a map by name has the exceptions.

    Raises:
        UnknownQuantizationError: a type that the planner does not know.
    """
    place = f"{where}.quant_type"
    given = config.get("quant_type")
    kind = values.mapping(given, place).get("default") if isinstance(given, Mapping) else given
    rules = [
        Rule(names=names, scheme=None)
        for names in listed(
            (
                f"{where}.modules_to_not_convert",
                values.names(config.get("modules_to_not_convert"), f"{where}.modules_to_not_convert"),
            )
        )
    ]
    scheme = None
    if isinstance(kind, Mapping) and "fqntoconfig" in str(kind.get("_type", "")).lower():
        data = values.mapping(kind.get("_data"), f"{place}.default._data")
        own_types = values.mapping(
            data.get("module_fqn_to_config", data.get("fqn_to_config")), f"{place}.default._data.module_fqn_to_config"
        )
        named = {
            name: None if own is None else _torchao(own, f"{place}.default[{name[:60]!r}]")
            for name, own in own_types.items()
        }
        scheme = named.pop("_default", None)
        rules += by_name(named, place)
    else:
        scheme = _torchao(kind, place)
    return Quantization(method="torchao", linear=scheme, rules=tuple(rules))


def read_aqlm(config: Mapping[str, Any], _: Mapping[str, Any], where: str) -> Quantization:
    """AQLM: codes of several weights together; the codebooks themselves do not count."""

    def number(key: str, default: int) -> int:
        return values.whole_number(config.get(key, default), f"{where}.{key}", least=1, most=1024)

    weights = number("in_group_size", 8) * number("out_group_size", 1)
    bits = number("nbits_per_codebook", 16) * number("num_codebooks", 1) / weights
    place = f"{where}.linear_weights_not_to_quantize"
    kept = listed((place, values.names(config.get("linear_weights_not_to_quantize"), place)))
    return Quantization(
        method="aqlm",
        linear=Scheme(family="int4", bits=bits),
        rules=tuple(Rule(names=names, scheme=None) for names in kept),
    )


def _torchao(kind: Any, where: str) -> Scheme:
    if isinstance(kind, Mapping):
        name, data = values.text(kind.get("_type"), f"{where}._type"), values.mapping(kind.get("_data"), where)
    else:
        name, data = values.text(kind, where), {}
    short = name.replace("_", "").removesuffix("config")
    if "nvfp4" in short:
        return NVFP4
    if short.startswith("mx") or "mxfp4" in short:
        return MXFP4
    group = values.group(data.get("group_size", _TORCHAO_GROUP), f"{where}.group_size")
    if short.startswith(_INT4_KINDS) or "intxweight" in short or "int4weight" in short:
        return integers(_weight_bits(data), group, zero_points=True)
    if short.startswith(_INT8_KINDS):
        return INT8
    if short.startswith(_FP8_KINDS):
        return FP8
    raise UnknownQuantizationError(f"nothing is known of torchao's {name[:60] or '(no type)'}")


def _weight_bits(data: Mapping[str, Any]) -> int:
    given = data.get("weight_dtype")
    named = str(given.get("_data") if isinstance(given, Mapping) else given)
    return next((bits for bits in (2, 3, 5, 6, 7, 8) if named.endswith(f"int{bits}")), 4)
