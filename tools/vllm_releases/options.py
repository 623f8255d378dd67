"""The options of ``vllm serve`` in one release, read from its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tools.vllm_releases.interpreter import Interpreter
from tools.vllm_releases.source import Source, SourceError
from tools.vllm_releases.values import ClassRef, FunctionRef, Hint, Member, Opaque, Parser, Value

_SWITCHES: Final = frozenset({"store_true", "store_false", "store_const", "help", "version"})


@dataclass(frozen=True, kw_only=True)
class ServeOption:
    """One option of ``vllm serve`` in one release."""

    name: str
    """Its long name without dashes."""
    flags: tuple[str, ...]
    """Every spelling, with dashes."""
    kind: str
    """``switch``, ``value``, ``list`` or ``optional``: whether it takes no value, one, several or at most one."""
    type: str
    """Of a value: ``int``, ``human`` (an int that may be 8k), ``float``, ``json`` or ``str``."""
    least: int | None
    """The least number."""
    choices: tuple[str, ...]
    """Values it takes, sorted; empty where it takes any."""
    suggested: tuple[str, ...]
    """Values that its type names although argparse takes any, sorted."""


def serve_options(source: Source) -> tuple[ServeOption, ...]:
    """Every option of ``vllm serve``, by name.

    Raises:
        SourceError: the command is not where it has been in any release so far.
    """
    reader = Interpreter(source)
    command = reader.lookup(source.require("vllm.entrypoints.cli.serve"), "ServeSubcommand")
    parser = Parser()
    entry = reader.class_attribute(command, "subparser_init", Opaque("self")) if isinstance(command, ClassRef) else None
    if not isinstance(entry, FunctionRef):
        raise SourceError(f"vLLM {source.version}: vllm/entrypoints/cli/serve.py has no ServeSubcommand.subparser_init")
    reader.run(entry, [parser], {})
    found = {option.name: option for option in _options(reader, parser)}
    if not found:
        raise SourceError(f"vLLM {source.version}: no options were found")
    return tuple(found[name] for name in sorted(found))


def _options(reader: Interpreter, parser: Parser) -> Iterator[ServeOption]:
    yield ServeOption(name="help", flags=("-h", "--help"), kind="switch", type="", least=None, choices=(), suggested=())
    for given, words in parser.added:
        flags = tuple(
            sorted((flag for flag in given if isinstance(flag, str)), key=lambda flag: not flag.startswith("--"))
        )
        if flags and flags[0].startswith("--"):
            yield _option(reader, flags, words)


def _option(reader: Interpreter, flags: tuple[str, ...], words: dict[str, Value]) -> ServeOption:
    action = words.get("action")
    boolean = isinstance(action, Opaque) and action.last == "BooleanOptionalAction"
    long = [flag for flag in flags if flag.startswith("--")]
    if boolean:
        flags = (*long, *(f"--no-{flag[2:]}" for flag in long), *(flag for flag in flags if flag not in long))
    switch = boolean or action in _SWITCHES
    nargs = words.get("nargs")
    kind = (
        "switch" if switch else "optional" if nargs == "?" else "list" if nargs is not None and nargs != 0 else "value"
    )
    enum, choices, least = words.get("enum"), reader.items(words.get("choices")) or [], words.get("least")
    suggested = reader.items(enum) if isinstance(enum, ClassRef) and not choices else words.get("suggested")
    return ServeOption(
        name=long[0].removeprefix("--"),
        flags=flags,
        kind=kind,
        type="" if switch else _type(words),
        least=least if isinstance(least, int) and not switch else None,
        choices=tuple(sorted(map(_text, choices))),
        suggested=tuple(sorted(map(_suggested, suggested or ()))),
    )


def _type(words: dict[str, Value]) -> str:
    match words.get("type"):
        case Hint(name="int" | "float" as name):
            return name
        case Hint(name="dict"):
            return "json"
        case Opaque(name="json.loads" | "json"):
            return "json"
        case Opaque() | FunctionRef() as given:
            called = given.node.name if isinstance(given, FunctionRef) else given.last
            return "human" if called.startswith("human_readable_int") else "str"
    return "str"


def _suggested(value: Value) -> str:
    """A member of an enumeration by its name; of one of numbers, such as the optimisation level, by its number."""
    return value.name if isinstance(value, Member) and not isinstance(value.value, int) else _text(value)


def _text(value: Value) -> str:
    return str(value.value if isinstance(value, Member) else value)
