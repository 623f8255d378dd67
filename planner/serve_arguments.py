"""Options of ``vllm serve`` that bear on memory beyond the plain ones, as fields of :class:`planner.request.FitRequest`.

The settings hand over the ``args`` of a service, the command line what was typed; names are vLLM's, without dashes.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from planner.memory.cache_choice import CacheChoice
from planner.memory.lora import Lora
from planner.memory.speculation import WITHOUT_MODEL, Speculation
from planner.memory.weights import DTYPE_BYTES
from planner.model.architecture import ModelArchitecture
from planner.vllm_options.values import parse_int

FindModel = Callable[[str], ModelArchitecture | None]
_MOST = 10**15
_DEFAULT_DRAFTED = 1
_METHODS_IN_NAMES = ("eagle3", "eagle", "medusa", "mlp_speculator")
_STATE_FORMATS = frozenset(DTYPE_BYTES) | {"auto"}


class ArgumentError(ValueError):
    """An option whose value the planner cannot use; the message begins with its name."""

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(f"{option} {problem}")
        self.option = option


def memory_fields(arguments: Mapping[str, Any], *, find: FindModel, target: str = "") -> dict[str, Any]:
    """Fields of a request from options of ``vllm serve``; what is not given keeps its default.

    Args:
        arguments: Options by name.
        find: Dimensions of a model by name; None for one that is not known.
        target: Name of the model that is served, which some methods draft with too.

    Raises:
        ArgumentError: a value is none that vLLM takes.
    """
    read = _Reader(arguments)
    eplb = read.object("eplb-config")
    return {
        "data_parallel": read.whole("data-parallel-size", 1),
        "expert_parallel": read.flag("enable-expert-parallel") is True,
        "redundant_experts": _least(eplb.get("num_redundant_experts", 0), "eplb-config", 0),
        "context_parallel": read.whole("decode-context-parallel-size", 1),
        "cache": CacheChoice(
            block_size=read.whole("block-size"),
            enable_prefix_caching=read.flag("enable-prefix-caching"),
            disable_hybrid_kv_cache_manager=read.flag("disable-hybrid-kv-cache-manager") is True,
            kv_cache_memory_bytes=read.whole("kv-cache-memory-bytes") or read.whole("kv-cache-memory"),
            num_gpu_blocks_override=read.whole("num-gpu-blocks-override"),
            mamba_cache_mode=read.choice("mamba-cache-mode", {"none", "align", "all"}, ""),
            mamba_cache_dtype=read.choice("mamba-cache-dtype", _STATE_FORMATS, "auto"),
            mamba_ssm_cache_dtype=read.choice("mamba-ssm-cache-dtype", _STATE_FORMATS, "auto"),
        ),
        "lora": _lora(read) if read.flag("enable-lora") else None,
        "speculation": _speculation(read.object("speculative-config"), find, target),
    }


def _lora(read: "_Reader") -> Lora:
    return Lora(
        adapters=read.whole("max-loras", 1),
        rank=read.whole("max-lora-rank", 16),
        dtype=read.choice("lora-dtype", _STATE_FORMATS, "auto"),
        sharded=read.flag("fully-sharded-loras") is True,
        in_main_memory=read.whole("max-cpu-loras"),
    )


def _speculation(config: Mapping[str, Any], find: FindModel, target: str) -> Speculation | None:
    if not config:
        return None
    named = str(config.get("model") or "")
    method = str(config.get("method") or "") or _method_of(named)
    predicts = method == "mtp" or method.endswith("_mtp")
    return Speculation(
        method=method,
        tokens=_least(config.get("num_speculative_tokens", _DEFAULT_DRAFTED), "speculative-config", 1),
        draft=find(named) if named and named != target and not predicts and method not in WITHOUT_MODEL else None,
        split=config.get("draft_tensor_parallel_size") != 1,
    )


def _method_of(name: str) -> str:
    """The method vLLM takes for a draft model that names none: by its name, else a plain model."""
    lowered = name.lower()
    if lowered in WITHOUT_MODEL:
        return "ngram"
    return next((method for method in _METHODS_IN_NAMES if method in lowered), "draft_model")


class _Reader:
    """Typed values of options."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = arguments

    def flag(self, name: str) -> bool | None:
        """A switch, which is also off by ``no-NAME``; None where it is not given."""
        if self._arguments.get(f"no-{name}") is True:
            return False
        given = self._arguments.get(name)
        if isinstance(given, str) and given.lower() in {"true", "false"}:
            return given.lower() == "true"
        return None if given is None else given is True

    def whole(self, name: str, default: Any = None) -> Any:
        """A whole number of at least one."""
        given = self._arguments.get(name)
        return default if given is None else _least(given, name, 1)

    def choice(self, name: str, values: frozenset[str] | set[str], default: str) -> str:
        """One of some words."""
        given = self._arguments.get(name)
        if given is None:
            return default
        if str(given) not in values:
            raise ArgumentError(name, f"is {given!r}: {', '.join(sorted(values))}")
        return str(given)

    def object(self, name: str) -> Mapping[str, Any]:
        """An object, or JSON of one; keys may be options of their own, as in ``speculative-config.method``."""
        given = self._arguments.get(name)
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except (ValueError, RecursionError):
                raise ArgumentError(name, 'is not JSON: write it like {"name": "value"}') from None
        if given is not None and not isinstance(given, Mapping):
            raise ArgumentError(name, 'is not an object: write it like {"name": "value"}')
        dotted = {
            key.removeprefix(f"{name}."): value for key, value in self._arguments.items() if key.startswith(f"{name}.")
        }
        return {**(given or {}), **dotted}


def _least(value: Any, name: str, least: int) -> int:
    number = parse_int(name, value)
    if number is None or not least <= number <= _MOST:
        raise ArgumentError(name, f"has {str(value)[:40]!r}: write a whole number, {least} or more")
    return number
