"""Rules from maps of names to schemes."""

from collections.abc import Mapping, Sized
from typing import TypeVar

from planner.model.quantization.errors import UnreadableQuantizationError
from planner.model.quantization.names import MOST_PATTERNS, REGULAR, Names, is_pattern
from planner.model.quantization.pattern import Pattern
from planner.model.quantization.quantization import Part, Rule
from planner.model.quantization.scheme import Scheme

_Many = TypeVar("_Many", bound=Sized)


def by_name(
    given: Mapping[str, Scheme | None], where: str, parts: frozenset[Part] = frozenset(Part)
) -> tuple[Rule, ...]:
    """A rule for each scheme of modules that are named in full, then one for each expression, in their order.

    Args:
        given: Schemes by name, wildcards or regular expression.
        where: Key path of the map.
        parts: The parts among which they look.

    Raises:
        UnreadableQuantizationError: an expression is not valid, or there are too many.
    """
    plain: dict[Scheme | None, list[str]] = {}
    expressions = few([name for name in given if is_pattern(name)], where)
    for name, scheme in given.items():
        if not is_pattern(name):
            plain.setdefault(scheme, []).append(name)
    named = [Rule(names=Names(tuple(names), where), scheme=scheme, parts=parts) for scheme, names in plain.items()]
    return (
        *named,
        *(
            Rule(names=Names((name,), f"{where}[{_key(name)}]", keyed=True), scheme=given[name], parts=parts)
            for name in expressions
        ),
    )


def few(expressions: _Many, where: str) -> _Many:
    """The same, if there are not too many to evaluate.

    Raises:
        UnreadableQuantizationError: there are.
    """
    if len(expressions) > MOST_PATTERNS:
        raise UnreadableQuantizationError(f"{where} has more than {MOST_PATTERNS:,} expressions")
    return expressions


def _key(name: str) -> str:
    """The key of a map as it is written there, shortened."""
    return repr(name.removeprefix(REGULAR)[:60])


def anywhere(expression: str, where: str) -> str:
    """An entry for an expression that may match anywhere in a name, as ``re.search`` does.

    Raises:
        UnreadableQuantizationError: it is not valid.
    """
    Pattern(expression, where)
    return f"{REGULAR}.*?(?:{expression})"
