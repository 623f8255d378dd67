"""What one option with its value lets its user do: the one judgement that settings, portal and guardrails share."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from planner.vllm_options import references
from planner.vllm_options.classes import CLASSES, TEAM, UNKNOWN, Class, Kind, Level
from planner.vllm_options.earlier import EARLIER, EARLIER_TEAM
from planner.vllm_options.objects import DRAFTERS, OBJECTS, inside
from planner.vllm_options.references import Reference, classify_reference

Json: TypeAlias = Any


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What a value needs more than a team's say for."""

    path: str
    """The option, or the key inside its value, such as ``hf-overrides.auto_map``."""
    level: Level
    kind: Kind
    why: str
    """What it does, as the end of a sentence that begins with the path."""

    @property
    def option(self) -> str:
        """The option's name."""
        return self.path.partition(".")[0]


_FREE: Final = frozenset(
    {
        # Texts, patterns, paths of URLs and names of layers, none of which vLLM opens or imports.
        *("response-role", "default-chat-template-kwargs", "fingerprint-value", "reasoning-config", "ignore-patterns"),
        *(
            "allowed-origins",
            "allowed-headers",
            "allowed-methods",
            "disable-access-log-for-endpoints",
            "numa-bind-cpus",
        ),
        *("cpu-offload-params", "offload-params", "lora-target-modules", "sleep-preserve-parameter-names"),
        *("kv-cache-dtype-skip-layers", "show-hidden-metrics-for-version", "quantization-config", "ir-op-priority"),
        *("override-generation-config", "watermark-config", "tokenizer-revision"),
    }
)
_NOT_NAMES: Final = {
    Reference.FILE: (Kind.FILES, "names a file where vLLM has built-in names"),
    Reference.ADDRESS: (Kind.DATA, "names an address where vLLM has built-in names"),
    Reference.IMPORT: (Kind.CODE, "names a Python object, which vLLM would import"),
    Reference.REPOSITORY: (Kind.SOURCE, "names a repository where vLLM has built-in names"),
}
_EXECUTORS: Final = frozenset({"mp", "uni"})
_GENERATION: Final = frozenset({"auto", "vllm"})
"""Values of ``generation-config`` that name no folder (``vllm/config/model.py``)."""
IMAGE_TEMPLATES: Final = "/vllm-workspace/examples/"
"""Where vLLM's image has its example chat templates (``WORKDIR`` and ``COPY examples`` of its ``docker/Dockerfile``)."""


def risks(name: str, value: Json, *, model: str | None = None) -> Iterator[Risk]:
    """Everything about one option that not every team may set.

    Args:
        name: The option's long name without dashes.
        value: Its value: plain JSON data, or JSON as text.
        model: The model that is served, whose own files need no approver; None where it is not known.
    """
    if name in TEAM or name in EARLIER_TEAM:
        yield from _of_value(name, value, model)
    elif value is not False:
        found = _class(name)
        yield Risk(path=name, level=found.level, kind=found.kind, why=found.why)


def _class(name: str) -> Class:
    return CLASSES.get(name) or EARLIER.get(name) or UNKNOWN


def _of_value(name: str, value: Json, model: str | None) -> Iterator[Risk]:
    if name in _SPECIAL:
        yield from (replace(risk, path=name) for text in _pieces(value) for risk in _SPECIAL[name](text, model))
        return
    read = references.parse_json(value)
    if name in OBJECTS or isinstance(read, dict):
        for path, level, kind, why in inside(name, read, model):
            yield Risk(path=".".join((name, *path)), level=level, kind=kind, why=why)
    elif name not in _FREE:
        for text in texts(read):
            if (found := classify_reference(text)) is not None:
                kind, why = _NOT_NAMES[found]
                yield Risk(path=name, level=Level.PLATFORM, kind=kind, why=why)


def _pieces(value: Json) -> Iterator[str]:
    """The texts of a value, and JSON objects that are members of a list as one text each, as vLLM's parser takes them."""
    read = references.parse_json(value)
    if isinstance(read, list):
        for item in read:
            yield json.dumps(item) if isinstance(item, Mapping) else str(item)
    elif isinstance(read, int | float) and not isinstance(read, bool):
        yield str(read)  # a name of digits, which YAML reads as a number
    else:
        yield from texts(read)


def texts(value: Json) -> Iterator[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def _risk(level: Level, kind: Kind, why: str) -> Risk:
    return Risk(path="", level=level, kind=kind, why=why)


def _source(text: str, model: str | None) -> Iterator[Risk]:
    """A repository of the Hub, whose name may have no slash (``gpt2``), or a folder."""
    if text in {model, ""}:
        return
    if classify_reference(text) in {Reference.REPOSITORY, None}:
        yield _risk(Level.APPROVER, Kind.SOURCE, f"takes files of another repository, {text}")
    else:
        yield _risk(Level.PLATFORM, Kind.FILES, "takes files from a folder or an address")


def _drafter(text: str, model: str | None) -> Iterator[Risk]:
    if text != model and classify_reference(text) is Reference.IMPORT:
        yield _risk(Level.PLATFORM, Kind.CODE, "names a Python class, which vLLM would import")
    elif text not in DRAFTERS:
        yield from _source(text, model)


def _generation(text: str, model: str | None) -> Iterator[Risk]:
    if text not in _GENERATION:
        yield from _source(text, model)


def _template(text: str, model: str | None) -> Iterator[Risk]:
    del model
    if "\n" in text or "{{" in text or "{%" in text:
        yield _risk(Level.APPROVER, Kind.REQUESTS, "replaces the model's own chat template")
    elif not (text.startswith(IMAGE_TEMPLATES) and text.endswith(".jinja") and ".." not in text.split("/")):
        yield _risk(Level.PLATFORM, Kind.FILES, f"reads a file; only those below {IMAGE_TEMPLATES} are vLLM's own")


def _adapter(text: str, model: str | None) -> Iterator[Risk]:
    """``name=path``, or a JSON object with ``path``, or the path itself."""
    read = references.parse_json(text)
    if isinstance(read, dict):
        said = [str(item) for key, item in read.items() if key == "path"]
    else:
        said = [text.partition("=")[2] or text]
    for path in said:
        if classify_reference(path) is Reference.REPOSITORY:
            yield _risk(Level.APPROVER, Kind.SOURCE, f"loads an adapter of another repository, {path}")
        elif path != model:
            yield _risk(Level.PLATFORM, Kind.FILES, "loads an adapter from a folder or an address")


def _executor(text: str, model: str | None) -> Iterator[Risk]:
    del model
    if text in {"ray", "external_launcher"}:
        yield _risk(Level.PLATFORM, Kind.SETUP, "joins workers of other pods")
    elif text not in _EXECUTORS:
        yield _risk(Level.PLATFORM, Kind.CODE, "imports the class that its value names")


def _method(text: str, model: str | None) -> Iterator[Risk]:
    del model
    if text == "custom_class" or classify_reference(text) is not None:
        yield _risk(Level.PLATFORM, Kind.CODE, "imports the class that the draft model names")


def _offloading(text: str, model: str | None) -> Iterator[Risk]:
    del model
    if text != "native":
        yield _risk(Level.PLATFORM, Kind.DATA, "hands caches of prompts to another program, which may send them on")


_SPECIAL: Final[Mapping[str, Callable[[str, str | None], Iterator[Risk]]]] = {
    "chat-template": _template,
    "default-mm-loras": _adapter,
    "distributed-executor-backend": _executor,
    "generation-config": _generation,
    "hf-config-path": _source,
    "kv-offloading-backend": _offloading,
    "lora-modules": _adapter,
    "spec-method": _method,
    "spec-model": _drafter,
    "tokenizer": _source,
}
