"""Numbers, switches and texts as YAML, JSON and `pulumi config` give them: one reading for every setting, by its type.

Pulumi hands over text for what a stack file has as a number, so a number may be text. A switch is not a number: YAML's ``true``
would be 1. A number is finite and no larger than any setting needs, and is written with the digits 0 to 9.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from planner.shown import as_yaml

LARGEST: Final = 10**15
"""No setting counts further."""
_LONGEST_NUMBER: Final = 60
"""Characters of a number that is written as text."""
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")


def _number_problem(value: object, wanted: str) -> str | None:
    if isinstance(value, bool):
        return f"is {as_yaml(value)}, a switch: write {wanted}"
    if isinstance(value, int | float) and not abs(value) <= LARGEST:  # not a number compares as False
        return f"is {as_yaml(value)}: write {wanted} that is finite and at most 10^15"
    return None


def _whole(value: object) -> object:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value.strip()) or len(value) > _LONGEST_NUMBER:
            raise ValueError(f"is {as_yaml(value)}: write a whole number")
        value = int(value)
    if problem := _number_problem(value, "a whole number"):
        raise ValueError(problem)
    return value


def _any_number(value: object) -> object:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()) or len(value) > _LONGEST_NUMBER:
            raise ValueError(f"is {as_yaml(value)}: write a number")
        value = float(value)
    if problem := _number_problem(value, "a number"):
        raise ValueError(problem)
    return value


def _switch(value: object) -> object:
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    if not isinstance(value, bool):
        raise ValueError(f"is {as_yaml(value)}: write true or false")  # noqa: TRY004  pydantic collects ValueError
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
