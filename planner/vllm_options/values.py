"""What values the options of `vllm serve` take that its parser, or vLLM right after it, would refuse.

The table of options names no types; these are those of vLLM 0.32 (``vllm/engine/arg_utils.py``,
``vllm/entrypoints/openai/cli_args.py``) for the options people set.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

_LEAST: Mapping[str, int] = {
    "api-server-count": 1,
    "block-size": 1,
    "h11-max-header-count": 1,
    "kv-cache-memory-bytes": 1,
    "long-prefill-token-threshold": 0,
    "max-cpu-loras": 1,
    "max-log-len": 0,
    "max-logprobs": -1,
    "max-loras": 1,
    "max-num-batched-tokens": 1,
    "max-num-seqs": 1,
    "max-parallel-loading-workers": 1,
    "num-gpu-blocks-override": 1,
    "seed": -1,
    "stream-interval": 1,
}
WITH_UNIT = frozenset({"kv-cache-memory-bytes", "max-model-len", "max-num-batched-tokens"})
"""These take ``8k`` (thousands) and ``8K`` (of 1,024) too; a decimal fraction only with the units of thousands."""
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_HUMAN = re.compile(r"(\d+)([kmgtKMGT]?)|(\d+\.\d+)([kmgt])")
_NUMBERS = frozenset({"cpu-offload-gb", "mm-processor-cache-gb"})
JSON_LISTS = frozenset({"allowed-headers", "allowed-methods", "allowed-origins"})
"""Their value is a list, given as JSON."""
_JSON_OBJECTS = frozenset(
    {
        "additional-config",
        "default-chat-template-kwargs",
        "hf-overrides",
        "kv-events-config",
        "kv-transfer-config",
        "limit-mm-per-prompt",
        "media-io-kwargs",
        "mm-processor-kwargs",
        "override-generation-config",
        "speculative-config",
        "structured-outputs-config",
    }
)
_TOGETHER = (
    ("enable-auto-tool-choice", "tool-call-parser", "name the model's, such as hermes or llama3_json"),
    ("enable-log-outputs", "enable-log-requests", "set it to true as well"),
)

QUANTIZATIONS = frozenset(
    {
        *("awq", "awq_marlin", "auto_awq", "gptq", "gptq_marlin", "auto_gptq", "moe_wna16", "compressed-tensors"),
        *("fp8", "fbgemm_fp8", "ptpc_fp8", "fp_quant", "mxfp8", "fp8_per_tensor", "fp8_per_block", "fp8_per_channel"),
        *("modelopt", "modelopt_fp4", "modelopt_mxfp8", "modelopt_mixed", "nvfp4", "nvfp4_per_token", "petit_nvfp4"),
        *("mxfp4", "gpt_oss_mxfp4", "deepseek_v4_fp8", "experts_int8", "int8_per_channel_weight_only", "online"),
        *("bitsandbytes", "gguf", "torchao", "quark", "inc", "auto-round", "ipex", "rtn", "humming", "bitblas"),
        *("gptq_bitblas", "gptq_marlin_24", "marlin", "hqq", "qqq", "deepspeedfp", "aqlm", "squeezellm", "tpu_int8"),
    }
)
"""Quantization methods of vLLM, of 0.8 to 0.32 (``vllm/model_executor/layers/quantization/__init__.py``)."""


def check_quantization(name: str) -> str:
    """``name``, if it is a quantization method of vLLM.

    Raises:
        ValueError: it is not.
    """
    if name not in QUANTIZATIONS:
        near = difflib.get_close_matches(name.lower(), sorted(QUANTIZATIONS), n=1)
        hint = f"did you mean {near[0]}?" if near else "such as fp8, awq, gptq or bitsandbytes"
        raise ValueError(f"{name!r} is not a quantization method of vLLM: {hint}")
    return name


def parse_int(name: str, value: JsonValue) -> int | None:
    """Return the whole number that vLLM reads of an option's value; None where it refuses it."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value
    if name in WITH_UNIT and (human := _HUMAN.fullmatch(value)):
        number, unit = [part for part in human.groups() if part is not None]
        return int(number) * _UNITS[unit] if number.isdigit() else int(float(number) * _UNITS[unit])
    return int(value) if re.fullmatch(r"-?\d+", value) else None


def value_problem(name: str, value: JsonValue) -> str | None:
    """Return what is wrong with one option's value, with the fix; None where nothing is known to be."""
    if name in _LEAST:
        number = parse_int(name, value)
        if number is None or number < _LEAST[name]:
            return f"is {json.dumps(value)}: write a whole number, {_LEAST[name]} or more"
    elif name in _NUMBERS:
        if not _is_number(value):
            return f"is {json.dumps(value)}: write a number of GiB, 0 or more"
    elif isinstance(value, str) and name in JSON_LISTS | _JSON_OBJECTS:
        kind, example = (list, '["*"]') if name in JSON_LISTS else (dict, '{"name": "value"}')
        if not isinstance(_json(value), kind):
            return f"is {value!r}, and vLLM reads JSON here: write it like {example}"
    return None


def joint_problems(args: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    """Yield options that vLLM takes only beside another one."""
    for name, needed, fix in _TOGETHER:
        if args.get(name) is True and not args.get(needed):
            yield name, f"needs {needed} beside it: {fix}"


def _is_number(value: JsonValue) -> bool:
    try:
        return not isinstance(value, bool) and isinstance(value, int | float | str) and float(value) >= 0
    except ValueError:
        return False


def _json(text: str) -> JsonValue:
    try:
        read: JsonValue = json.loads(text)
    except ValueError:
        return None
    return read
