"""Regular expressions of a configuration, matched within a bounded number of steps.

Python's own matcher tries one way after the other and may take exponential time, and a configuration comes from anywhere.
Expressions with up to three repetitions side by side are left to it. Others are parsed by :mod:`re` and matched here by the
set of places where each part can end.
"""

import re
import time
from collections.abc import Callable, Mapping
from re import _constants as op  # type: ignore[attr-defined]  # the parsed form has no public name
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from planner.model.quantization.errors import UnreadableQuantizationError

LONGEST = 1_000
DEEPEST = 40
MOST_STEPS = 20_000
MOST_SECONDS = 0.7
"""Of a processor, for all expressions of a configuration; published ones take less than 0.1."""
_SIDE_BY_SIDE = 3
_REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT})
_ASSERTIONS = frozenset({op.ASSERT, op.ASSERT_NOT})
_SUPPORTED = frozenset(
    {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN, op.BRANCH, op.SUBPATTERN, op.AT, *_ASSERTIONS, *_REPEATS}
)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_CATEGORIES: Mapping[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: _is_word,
}
_NEGATED = {
    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
}


class Budget:
    """Time of a processor that the expressions of one configuration may take."""

    def __init__(self) -> None:
        """Have all of it left."""
        self._left = MOST_SECONDS
        self._since = 0.0

    def __enter__(self) -> None:
        """Start to count."""
        self._since = time.process_time()

    def __exit__(self, *_: object) -> None:
        """Stop to count."""
        self._left -= time.process_time() - self._since

    def check(self) -> None:
        """Stop an evaluation that takes too long.

        Raises:
            UnreadableQuantizationError: nothing is left.
        """
        if time.process_time() - self._since > self._left:
            raise UnreadableQuantizationError("the regular expressions of its quantization take too long to evaluate")


class Pattern:
    """A regular expression that matches the beginning of a name, as ``re.match`` does."""

    def __init__(self, expression: str, where: str) -> None:
        """Parse an expression.

        Args:
            expression: In Python's syntax.
            where: Its key path, for messages.

        Raises:
            UnreadableQuantizationError: it is not valid, too long, or has back references.
        """
        if len(expression) > LONGEST:
            raise UnreadableQuantizationError(f"{where} is a regular expression of more than {LONGEST:,} characters")
        self._where = where
        self._ignore_case = "(?i" in expression
        try:
            self._parsed = list(_parser.parse(expression))
            self._quick = re.compile(expression) if _repetitions(self._parsed, where) <= _SIDE_BY_SIDE else None
        except (re.error, OverflowError, RecursionError) as error:
            reason = str(error) if isinstance(error, re.error) else "it nests or repeats too much"
            raise UnreadableQuantizationError(
                f"{where} is not a regular expression: {reason}: {expression[:60]!r}"
            ) from error

    def matches(self, name: str) -> bool:
        """Whether a name begins with what the expression describes.

        Raises:
            UnreadableQuantizationError: it takes too many steps to say.
        """
        if self._quick:
            return bool(self._quick.match(name))
        matching = _Matching(name.lower() if self._ignore_case else name, self._where, ignore_case=self._ignore_case)
        return bool(matching.ends(self._parsed, frozenset({0})))


def _repetitions(parsed: Any, where: str, depth: int = 0) -> int:
    """Repetitions side by side; those inside another count as very many.

    Raises:
        UnreadableQuantizationError: it has parts that are not evaluated here.
    """
    if depth > DEEPEST:
        raise UnreadableQuantizationError(f"{where} is a regular expression that nests more than {DEEPEST} deep")
    found = 0
    for kind, value in parsed:
        if kind not in _SUPPORTED:
            name = str(kind).lower().replace("_", " ")
            raise UnreadableQuantizationError(f"{where}: the planner does not evaluate the {name} of an expression")
        inner = sum(_repetitions(each, where, depth + 1) for each in _parts(kind, value))
        repeats = kind in _REPEATS and value[1] > 1
        found += (1 if not inner else LONGEST) if repeats else inner
    return found


def _parts(kind: Any, value: Any) -> list[Any]:
    if kind is op.BRANCH:
        return list(value[1])
    if kind is op.SUBPATTERN:
        return [value[3]]
    if kind in _REPEATS:
        return [value[2]]
    return [value[1]] if kind in _ASSERTIONS else []


class _Matching:
    """One name against one expression."""

    def __init__(self, name: str, where: str, *, ignore_case: bool) -> None:
        self._name = name
        self._where = where
        self._ignore_case = ignore_case
        self._steps = 0
        self._known: dict[tuple[int, int], frozenset[int]] = {}

    def ends(self, sequence: Any, starts: frozenset[int]) -> frozenset[int]:
        """Places where a sequence that begins at any of ``starts`` can end."""
        found: set[int] = set()
        for start in starts:
            key = (id(sequence), start)
            if key not in self._known:
                places = frozenset({start})
                for kind, value in sequence:
                    places = self._after(kind, value, places)
                    if not places:
                        break
                self._known[key] = places
            found |= self._known[key]
        return frozenset(found)

    def _after(self, kind: Any, value: Any, places: frozenset[int]) -> frozenset[int]:
        self._steps += len(places)
        if self._steps > MOST_STEPS:
            raise UnreadableQuantizationError(f"{self._where} is a regular expression that takes too long to evaluate")
        if kind is op.BRANCH:
            return frozenset().union(*(self.ends(branch, places) for branch in value[1]))
        if kind is op.SUBPATTERN:
            return self.ends(value[3], places)
        if kind in _REPEATS:
            least, most, item = value
            return self._repeated(least, most, item, places)
        if kind is op.AT:
            return frozenset(place for place in places if self._at(value, place))
        if kind in _ASSERTIONS:
            direction, item = value
            return frozenset(place for place in places if self._holds(direction, item, place) is (kind is op.ASSERT))
        longest = len(self._name)
        return frozenset(
            place + 1 for place in places if place < longest and self._fits(kind, value, self._name[place])
        )

    def _repeated(self, least: int, most: int, item: Any, places: frozenset[int]) -> frozenset[int]:
        rounds = len(self._name) + 1  # after as many, only what matches nothing can follow
        for _ in range(min(least, rounds)):
            places = self.ends(item, places)
        found, fresh = places, places
        for _ in range(min(most - least, rounds)):
            fresh = self.ends(item, fresh) - found
            if not fresh:
                break
            found |= fresh
        return found

    def _holds(self, direction: int, item: Any, place: int) -> bool:
        if direction > 0:
            return bool(self.ends(item, frozenset({place})))
        return any(place in self.ends(item, frozenset({start})) for start in range(place + 1))

    def _at(self, value: Any, place: int) -> bool:
        if value in {op.AT_BEGINNING, op.AT_BEGINNING_STRING}:
            return place == 0
        if value in {op.AT_END, op.AT_END_STRING}:
            return place == len(self._name)
        before = place > 0 and _is_word(self._name[place - 1])
        after = place < len(self._name) and _is_word(self._name[place])
        return (before != after) is (value is op.AT_BOUNDARY)

    def _fits(self, kind: Any, value: Any, character: str) -> bool:
        if kind is op.ANY:
            return character != "\n"
        if kind is op.IN:
            negated = value[0][0] is op.NEGATE
            return any(self._fits(each, what, character) for each, what in value[negated:]) is not negated
        if kind is op.RANGE:
            low, high = value
            return low <= ord(character) <= high or (self._ignore_case and low <= ord(character.upper()) <= high)
        if kind is op.CATEGORY:
            if value in _NEGATED:
                return not _CATEGORIES[_NEGATED[value]](character)
            return _CATEGORIES[value](character)
        same = (chr(value).lower() if self._ignore_case else chr(value)) == character
        return same is (kind is op.LITERAL)
