"""What values the options of `vllm serve` take that its parser, or vLLM right after it, would refuse.

The kind of a value is that of the image's release, from the table. The bounds here are those that vLLM checks beyond its
parser and that its definitions (``Field(ge=...)``) do not say in every release.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from planner.shown import shown
from planner.vllm_options.releases import DEFAULT, Release
from planner.vllm_options.spelling import nearest
from planner.vllm_options.table import Option, options, takes_unit, values

_LEAST: Mapping[str, int] = {
    **dict.fromkeys(("api-server-count", "block-size", "h11-max-header-count", "kv-cache-memory-bytes"), 1),
    **dict.fromkeys(("max-cpu-loras", "max-loras", "max-num-batched-tokens", "max-num-seqs"), 1),
    **dict.fromkeys(("max-parallel-loading-workers", "num-gpu-blocks-override", "stream-interval"), 1),
    **dict.fromkeys(("long-prefill-token-threshold", "max-log-len"), 0),
    **dict.fromkeys(("max-logprobs", "seed"), -1),
}
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_HUMAN = re.compile(r"(\d+)([kmgtKMGT]?)|(\d+\.\d+)([kmgt])")
_LEVEL_IN_OBJECT_SINCE = Release(11)
_MOST = 2**63 - 1
"""The largest whole number that a count, a seed or a number of bytes can be."""
_LONGEST_TEXT = 30
_GIB = frozenset({"cpu-offload-gb", "kv-offloading-size", "mm-processor-cache-gb"})
_NOT_ZERO = frozenset({"kv-offloading-size"})
"""With 0 vLLM ends: the size "must be specified"."""
JSON_LISTS = frozenset({"allowed-headers", "allowed-methods", "allowed-origins"})
"""Their value is a list, given as JSON."""
_JSON_OBJECTS = frozenset(
    {
        *(
            "additional-config",
            "default-chat-template-kwargs",
            "hf-overrides",
            "kv-events-config",
            "kv-transfer-config",
        ),
        *("limit-mm-per-prompt", "media-io-kwargs", "mm-processor-kwargs", "override-generation-config"),
        *("speculative-config", "structured-outputs-config"),
    }
)
_TOGETHER = (
    ("enable-auto-tool-choice", "tool-call-parser", "name the model's, such as hermes or llama3_json"),
    ("enable-log-outputs", "enable-log-requests", "set it to true as well"),
)


def check_quantization(name: str) -> str:
    """``name``, if it is a quantization method of vLLM in any release; which image has it is checked beside the image.

    Raises:
        ValueError: it is not.
    """
    known = values("quantization").keys() - {"None"}
    if name not in known:
        near = nearest(name, sorted(known))
        hint = f"did you mean {near}?" if near else "such as fp8, awq, gptq or compressed-tensors"
        raise ValueError(f"{shown(name)} is not a quantization method of vLLM: {hint}")
    return name


def parse_int(name: str, value: JsonValue) -> int | None:
    """Return the whole number that vLLM reads of an option's value; None where it refuses it.

    Counts of tokens and bytes take ``8k`` (thousands) and ``8K`` (of 1,024) too; a fraction only with the units of thousands.
    """
    number = _integer(value, human=takes_unit(name))
    return None if number is None or not _LEAST.get(name, -_MOST) <= number <= _MOST else number


def value_problem(option: Option, value: JsonValue) -> str | None:
    """Return what is wrong with one option's value, with the fix; None where nothing is known to be."""
    name = option.name
    if option.type in {"int", "human"}:
        return _count_problem(option, value)
    if option.type == "float" or name in _GIB:
        least = 0.0 if name in _GIB else -math.inf
        if not _is_number(value, least) or (name in _NOT_ZERO and not float(str(value))):
            more = "more than 0" if name in _NOT_ZERO else "0 or more"
            return f"is {shown(value)}: write a number{f' of GiB, {more}' if name in _GIB else ''}"
    elif name in JSON_LISTS | _JSON_OBJECTS or (option.type == "json" and isinstance(value, str)):
        kind, example = (list, '["*"]') if name in JSON_LISTS else (dict, '{"name": "value"}')
        if not isinstance(_json(value) if isinstance(value, str) else value, kind):
            return f"is {shown(value)}, and vLLM reads JSON here: write it like {example}"
    return None


def no_object(option: Option, value: JsonValue, release: Release) -> str | None:
    """What is wrong with a number where vLLM reads an object, with the fix; None where nothing is.

    ``compilation-config`` took a level up to 0.10 (``CompilationConfig.from_cli``); 0.11.2 and later read its fields from JSON.
    """
    if (
        option.type != "json"
        or option.name in JSON_LISTS
        or isinstance(value, bool)
        or not isinstance(value, int | float)
    ):
        return None
    if option.name != "compilation-config":
        return f'is {shown(value)}, and vLLM reads JSON here: write it like {{"name": "value"}}'
    if release < _LEVEL_IN_OBJECT_SINCE:
        return None
    return f'is {shown(value)}, and vLLM {release} reads an object here: write {{"mode": {shown(value)}}}'


def joint_problems(args: Mapping[str, JsonValue], release: Release = DEFAULT) -> Iterator[tuple[str, str]]:
    """Yield options that vLLM takes only beside another one."""
    for name, needed, fix in _TOGETHER:
        if args.get(name) is True and not args.get(needed) and needed in options(release):
            yield name, f"needs {needed} beside it: {fix}"


def _count_problem(option: Option, value: JsonValue) -> str | None:
    least = max(_LEAST.get(option.name, -_MOST), -_MOST if option.least is None else option.least)
    wanted = "a whole number" if least == -_MOST else f"a whole number, {least} or more"
    for each in value if isinstance(value, list) else [value]:
        number = _integer(each, human=option.type == "human")
        too_long = isinstance(each, str) and len(each) > _LONGEST_TEXT and each.isdecimal()
        if too_long or (number is not None and number > _MOST):
            return f"is {shown(each)}: write {wanted}, and at most {_MOST:,}"
        if number is None or number < least:
            return f"is {shown(each)}: write {wanted}"
    return None


def _integer(value: JsonValue, *, human: bool) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        return None
    text = value.strip()
    if human and (found := _HUMAN.fullmatch(text)):
        number, unit = [part for part in found.groups() if part is not None]
        return int(number) * _UNITS[unit] if number.isdecimal() else int(float(number) * _UNITS[unit])
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None


def _is_number(value: JsonValue, least: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        return math.isfinite(number := float(value)) and number >= least
    except (ValueError, OverflowError):
        return False


def _json(text: str) -> JsonValue:
    try:
        read: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read
