"""Numbers, switches and texts as YAML, JSON and `pulumi config` give them: one reading for every setting, by its type.

Pulumi hands over text for what a stack file has as a number, so a number may be text. A switch is not a number: YAML's ``true``
would be 1. A number is finite and no larger than any setting needs, and is written with the digits 0 to 9.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

LARGEST: Final = 10**15
"""No setting counts further."""
LONGEST_SHOWN: Final = 60
"""Characters of a value that a message repeats."""
LONGEST_LINE: Final = 1000
"""Characters of a message."""
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def shown(value: object) -> str:
    """A value as messages repeat it: on one line, without control characters, and not longer than a line is read."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"a number of about {max(16, int(value.bit_length() * 0.30103))} digits"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number in it that Python refuses to print, or too many levels
        return f"a {type(value).__name__}"
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 20]}... ({len(text)} characters)"


def one_line(text: str) -> str:
    """A message without control characters and line breaks, and no longer than anyone reads."""
    plain = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return plain if len(plain) <= LONGEST_LINE else f"{plain[: LONGEST_LINE - 3]}..."


def _number_problem(value: object, wanted: str) -> str | None:
    if isinstance(value, bool):
        return f"is {shown(value)}, a switch: write {wanted}"
    if isinstance(value, int | float) and not abs(value) <= LARGEST:  # not a number compares as False
        return f"is {shown(value)}: write {wanted} that is finite and at most 10^15"
    return None


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value.strip()) or len(value) > LONGEST_SHOWN:
            raise ValueError(f"is {shown(value)}: write a whole number")
        value = int(value)
    if problem := _number_problem(value, "a whole number"):
        raise ValueError(problem)
    return value


def _any_number(value: object) -> object:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()) or len(value) > LONGEST_SHOWN:
            raise ValueError(f"is {shown(value)}: write a number")
        value = float(value)
    if problem := _number_problem(value, "a number"):
        raise ValueError(problem)
    return value


def _switch(value: object) -> object:
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    if not isinstance(value, bool):
        raise ValueError(f"is {shown(value)}: write true or false")  # noqa: TRY004  pydantic collects ValueError
    return value


_READERS: Final[Mapping[str, Callable[[object], object]]] = {"int": _whole, "float": _any_number, "bool": _switch}


def _strict(node: Any) -> Any:
    """The schema with a reader before each number and switch; models that are strict by themselves are references in it."""
    if isinstance(node, list):
        return [_strict(one) for one in node]
    if isinstance(node, tuple):
        return tuple(_strict(one) for one in node)
    if not isinstance(node, dict):
        return node
    if node.get("type") == "function-before" and node["function"]["function"] in _READERS.values():
        return node
    for key, inner in node.items():
        if key not in {"metadata", "serialization", "function", "cls", "config", "default"}:
            node[key] = _strict(inner)
    reader = _READERS.get(str(node.get("type")))
    return core_schema.no_info_before_validator_function(reader, node) if reader else node


class PlainKinds:
    """Marks an annotation whose numbers and switches are read strictly."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the annotation with readers."""
        found: CoreSchema = _strict(handler(source))
        return found


class StrictModel(BaseModel):
    """A model whose numbers and switches are read strictly."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the model with readers."""
        found = handler(source)
        _strict(handler.resolve_ref_schema(found))
        return found
