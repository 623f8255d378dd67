"""Names that options take from vLLM's registries: parsers, backends, methods, connectors; by release, with the right spelling.

A plugin can register further names. What can load one here are ``tool-parser-plugin``, ``reasoning-parser-plugin``,
``kv_connector_module_path`` and ``io-processor-plugin`` in ``args``; beside these any name is taken.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import JsonValue

from planner.shown import shown
from planner.vllm_options.references import classify_reference, parse_json
from planner.vllm_options.releases import Release, judged_by
from planner.vllm_options.spelling import nearest
from planner.vllm_options.table import values

_PLUGINS: Final[Mapping[str, str]] = {
    "tool-call-parser": "tool-parser-plugin",
    "reasoning-parser": "reasoning-parser-plugin",
}
"""The option that loads further names."""
_ANY_CASE: Final = frozenset({"attention-backend", "mamba-backend", "mm-encoder-attn-backend"})
"""vLLM reads these in capitals (``validate_backend_before`` in ``vllm/config``), and ``auto`` as no choice."""
_UNDERSCORES: Final = frozenset({"moe-backend", "linear-backend", "sparse-indexer-topk-backend"})
"""vLLM reads these in small letters with ``_`` for ``-`` (``vllm/engine/arg_utils.py``)."""
_KEYS: Final[Mapping[str, str]] = {
    "kv-transfer-config": "kv_connector",
    "speculative-config": "method",
    "structured-outputs-config": "backend",
}
"""Keys of an option's object that hold such a name."""
_MOVED: Final[Mapping[str, str]] = {
    "bitsandbytes": "fp8 quantizes while it loads too; vllm-bnb-plugin brings bitsandbytes to an image of your own",
    "gguf": "take weights in safetensors; vllm-gguf-plugin brings GGUF to an image of your own",
}
"""Methods that are in plugins now, which vLLM's own images do not have (``docs/features/quantization`` of 0.32)."""
_OFFICIAL: Final = "vllm/vllm-openai"
_FEW: Final = 20
_CLOSEST: Final = 5


def name_problems(name: str, value: JsonValue, args: Mapping[str, JsonValue], release: Release) -> Iterator[str]:
    """Yield what is wrong with a value that vLLM looks up by name, with the right spelling or the release that has it.

    Args:
        name: An option of the release, without dashes.
        value: Its value.
        args: All options of the service, among them perhaps one that loads a plugin.
        release: The image's release.
    """
    if name in _KEYS:
        yield from _inside(name, value, release)
        return
    known = values(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and known and not args.get(_PLUGINS.get(name, "")):
        problem = _problem(_read(name, text), known, release)
        if problem:
            yield problem


def method_problem(method: str, image: str) -> str | None:
    """What is wrong with a quantization method for an image; None where it has it, or may have it by a plugin."""
    release, found = judged_by(image), values("quantization").get(method, frozenset())
    if not found or release in found or (method in _MOVED and _OFFICIAL not in image):
        return None
    fix = _MOVED.get(method, "take an image that has it, or weights in another format")
    return f"is {shown(method)}, which {_when(found, release)}: {fix}"


def folded_choice(name: str, value: str) -> str:
    """A value as vLLM reads it before it compares it with the option's choices."""
    return value.lower().replace("-", "_") if name in _UNDERSCORES else value


def _inside(name: str, value: JsonValue, release: Release) -> Iterator[str]:
    read: Any = parse_json(value)
    key = _KEYS[name]
    given = read.get(key) if isinstance(read, dict) else None
    if given is not None and not isinstance(given, str):
        yield f"has {key} {shown(given)}: write its name"
    elif isinstance(given, str) and not read.get("kv_connector_module_path"):
        problem = _problem(given, values(f"{name}.{key}"), release)
        if problem:
            yield f"has {key} {problem}"


def _read(name: str, value: str) -> str:
    if name in _ANY_CASE:
        return "" if value.lower() == "auto" else value.upper()
    return value


def _problem(value: str, known: Mapping[str, frozenset[Release]], release: Release) -> str | None:
    has = sorted(name for name, found in known.items() if release in found)
    # A path or a Python object is judged by what it does: see ``risks.py``.
    if not value or not has or value in has or classify_reference(value) is not None:
        return None
    if value in known:
        return f"{shown(value)}, which {_when(known[value], release)}: {_choices(value, has)}"
    near = nearest(value, has)
    if near:
        return f"{shown(value)}, which vLLM {release} does not know: did you mean {near}?"
    elsewhere = nearest(value, known)
    if elsewhere:
        return f"{shown(value)}, which vLLM {release} does not know: {elsewhere} {_when(known[elsewhere], release)}"
    return f"{shown(value)}, which vLLM {release} does not know: {_choices(value, has)}"


def _when(found: frozenset[Release], release: Release) -> str:
    later = [each for each in found if each > release]
    if later:
        return f"came with vLLM {min(later)}, the image has {release}"
    return f"was last in vLLM {max(found)}, the image has {release}"


def _choices(value: str, has: list[str]) -> str:
    if len(has) <= _FEW:
        return f"choose from {', '.join(has)}"
    close = difflib.get_close_matches(value, has, n=_CLOSEST, cutoff=0.3)
    return f"choose one of {len(has)}, such as {', '.join(close or has[:_CLOSEST])}"
