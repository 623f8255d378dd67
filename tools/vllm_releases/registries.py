"""Names that vLLM's registries hold in one release: parsers, load formats, quantization methods, connectors, models."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tools.vllm_releases.dataclass_options import fields
from tools.vllm_releases.expressions import Expressions
from tools.vllm_releases.source import Source, SourceError
from tools.vllm_releases.values import ClassRef, Hint, Member, Value


def registered_values(source: Source) -> Mapping[str, tuple[str, ...]]:
    """Names by the option, or key of an option's object, that takes them; sorted.

    Raises:
        SourceError: a registry is not where it has been in any release so far.
    """
    found = {}
    for key, read in _REGISTRIES.items():
        names = sorted(set(read(source)))
        if not names and key not in _MAY_LACK:
            raise SourceError(f"vLLM {source.version}: no values of {key} were found")
        found[key] = tuple(names)
    return found


def _parsers(folders: Sequence[str], manager: str, table: str) -> Callable[[Source], Iterator[str]]:
    """Names registered by a decorator, by a call, or in the table that is registered in a loop."""

    def read(source: Source) -> Iterator[str]:
        for folder in folders:
            for module in source.modules_below(folder):
                for node in ast.walk(module.tree):
                    match node:
                        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=method)) if owner == manager:
                            yield from _first_texts(node) if method.startswith("register") else ()
                        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys)) if name == table:
                            yield from _texts(keys)

    return read


def _connectors(source: Source) -> Iterator[str]:
    for node in ast.walk(source.require("vllm.distributed.kv_transfer.kv_connector.factory").tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".register_connector"):
            yield from _first_texts(node)


def _architectures(source: Source) -> Iterator[str]:
    """Classes that it loads, its own and Transformers' by name; not those of drafts, nor of earlier releases."""
    for statement in source.require("vllm.model_executor.models.registry").tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(keys=keys)):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict(keys=keys)):
                pass
            case _:
                continue
        if name.startswith("_") and name.endswith("_MODELS") and name not in _OF_NO_MODEL:
            yield from _texts(keys)


def _first_texts(call: ast.Call) -> Iterator[str]:
    named = [word.value for word in call.keywords if word.arg == "name"]
    for given in [*call.args[:1], *named]:
        yield from _texts(given.elts if isinstance(given, ast.List | ast.Tuple) else [given])


def _texts(nodes: Sequence[ast.expr | None]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _named(*places: str) -> Callable[[Source], Iterator[str]]:
    """The values of a ``Literal``, an enumeration or a mapping, which is at the first of ``places`` that there is."""

    def read(source: Source) -> Iterator[str]:
        reader = Expressions(source)
        for place in places:
            home, _, name = place.rpartition(".")
            module = source.module(home)
            if module is not None and name in module.definitions:
                yield from _values(reader, reader.lookup(module, name))
                return

    return read


def _field(config: str, *names: str) -> Callable[[Source], Iterator[str]]:
    """The values of the ``Literal`` in a field of a configuration class."""

    def read(source: Source) -> Iterator[str]:
        reader = Expressions(source)
        found = reader.lookup(source.require("vllm.config"), config)
        if isinstance(found, ClassRef):
            for field in fields(reader, found):
                if field.name in names:
                    yield from _values(reader, field.hint)

    return read


def _values(reader: Expressions, value: Value) -> Iterator[str]:
    if isinstance(value, Hint):
        for each in value.args:
            if isinstance(each, Hint):
                yield from _values(reader, each)
            elif isinstance(each, str):
                yield each
    for each in reader.items(value) or []:
        text = each.value if isinstance(each, Member) else each
        if isinstance(text, str):
            yield text


def _either(*reads: Callable[[Source], Iterator[str]]) -> Callable[[Source], Iterator[str]]:
    def read(source: Source) -> Iterator[str]:
        for each in reads:
            yield from each(source)

    return read


_OF_NO_MODEL: Final = frozenset(
    {
        "_PREVIOUSLY_SUPPORTED_MODELS",
        "_OOT_SUPPORTED_MODELS",
        "_SPECULATIVE_DECODING_MODELS",
        "_TRANSFORMERS_BACKEND_MODELS",
    }
)
_REGISTRIES: Final[Mapping[str, Callable[[Source], Iterator[str]]]] = {
    "tool-call-parser": _parsers(
        ("vllm/tool_parsers", "vllm/entrypoints/openai/tool_parsers"), "ToolParserManager", "_TOOL_PARSERS_TO_REGISTER"
    ),
    "reasoning-parser": _parsers(("vllm/reasoning",), "ReasoningParserManager", "_REASONING_PARSERS_TO_REGISTER"),
    "load-format": _named(
        "vllm.model_executor.model_loader.LoadFormats", "vllm.config.load.LoadFormat", "vllm.config.LoadFormat"
    ),
    "quantization": _named("vllm.model_executor.layers.quantization.QuantizationMethods"),
    "tokenizer-mode": _named("vllm.tokenizers.registry._VLLM_TOKENIZERS"),
    "kv-transfer-config.kv_connector": _connectors,
    "speculative-config.method": _field("SpeculativeConfig", "method"),
    "structured-outputs-config.backend": _either(
        _field("StructuredOutputsConfig", "backend"), _field("DecodingConfig", "backend", "guided_decoding_backend")
    ),
    "architectures": _architectures,
}
"""Where each list is, in every release since 0.8."""
_MAY_LACK: Final = frozenset({"tokenizer-mode"})
"""What has a registry in later releases only; before, its option names the values."""
