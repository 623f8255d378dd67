"""What argparse is given for the fields of a configuration class, as ``get_kwargs`` of ``vllm/engine/arg_utils.py`` has it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tools.vllm_releases.expressions import Expressions
from tools.vllm_releases.values import ClassRef, Hint, Member, Opaque, Value, union

BOOLEAN_ACTION: Final = Opaque("argparse.BooleanOptionalAction")
_SEQUENCES: Final = ("tuple", "list", "set")
_LEAST: Final = {"ge": 0, "gt": 1}
HUMAN: Final = Opaque("human_readable_int")


@dataclass(frozen=True)
class Field:
    """A field of a configuration class."""

    name: str
    hint: Value
    least: int | None
    """The least number its definition takes (``Field(ge=1)``); None where it sets none."""


def fields(reader: Expressions, found: ClassRef) -> Iterator[Field]:
    """The fields of a dataclass, those of its bases first."""
    merged: dict[str, Field] = {}
    for each in reversed(reader.lineage(found)):
        for statement in each.node.body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            hint = _hint(reader, each, statement.annotation)
            if isinstance(hint, Hint) and hint.name in {"ClassVar", "InitVar"}:
                continue
            name = statement.target.id
            merged[name] = Field(name, hint, _least(reader, each, statement.value, hint))
    yield from merged.values()


def keywords_of(reader: Expressions, found: ClassRef) -> dict[str, dict[str, Value]]:
    """Keyword arguments of ``add_argument`` for each field."""
    human = _human_fields(reader)
    literal_with_text = _literal_with_text(reader)
    return {each.name: _keywords(each, human, literal_with_text=literal_with_text) for each in fields(reader, found)}


def _keywords(field: Field, human: frozenset[str], *, literal_with_text: bool) -> dict[str, Value]:
    parts = list(_parts(field.hint))
    names = {each.name for each in parts if isinstance(each, Hint)}
    found: dict[str, Value] = {} if field.least is None else {"least": field.least}
    sequence = next((each for each in parts if isinstance(each, Hint) and each.name in _SEQUENCES), None)
    literal = next((each for each in parts if isinstance(each, Hint) and each.name == "Literal"), None)
    if any(isinstance(each, ClassRef) and each.is_dataclass for each in parts):
        return found | {"type": Opaque("json")}
    if names == {"bool", "str", "None"} and len(parts) == len(names):
        return found | {"type": Hint("str"), "nargs": "?"}
    if "bool" in names:
        return found | {"action": BOOLEAN_ACTION}
    if literal is not None:
        found |= _literal(literal, suggested=literal_with_text and "str" in names)
    elif sequence is not None:
        found |= _sequence(sequence)
    elif "int" in names:
        found["type"] = HUMAN if field.name in human else Hint("int")
    elif "float" in names:
        found["type"] = Hint("float")
    elif "dict" in names:
        free = "str" in names or any(not isinstance(each, Hint) for each in parts)
        found["type"] = Hint("str") if free else Opaque("json")
    else:
        found["type"] = Hint("str")
        enums = [each for each in parts if isinstance(each, ClassRef) and hasattr(each, "node")]
        if enums:
            found["enum"] = enums[0]
    if "None" in names and found.get("choices"):
        found["choices"] = [*found["choices"], None]
    return found


def _literal(hint: Hint, *, suggested: bool) -> dict[str, Value]:
    values = [each.value if isinstance(each, Member) else each for each in hint.args]
    kind = Hint("int") if values and all(isinstance(each, int) for each in values) else Hint("str")
    return {"type": kind, "suggested" if suggested else "choices": sorted(values, key=str)}


def _sequence(hint: Hint) -> dict[str, Value]:
    inner = hint.args[0] if hint.args else Hint("str")
    several = hint.name != "tuple" or ... in hint.args
    nargs: Value = "+" if several else len(hint.args)
    if isinstance(inner, Hint) and inner.name == "Literal":
        return {**_literal(inner, suggested=False), "nargs": nargs}
    return {
        "type": inner if isinstance(inner, Hint) and inner.name in {"int", "float"} else Hint("str"),
        "nargs": nargs,
    }


def _parts(hint: Value) -> Iterator[Value]:
    if isinstance(hint, Hint) and hint.name == "Union":
        for each in hint.args:
            yield from _parts(each)
    elif isinstance(hint, Hint) and hint.name == "Annotated":
        yield from _parts(hint.args[0])
    else:
        yield Hint("None") if hint is None else hint


def _hint(reader: Expressions, owner: ClassRef, annotation: ast.expr) -> Value:
    hint = reader.evaluate(annotation, owner.module, {})
    if isinstance(hint, str):
        try:
            parsed = ast.parse(hint, mode="eval").body
        except SyntaxError:
            return Opaque(hint)
        return reader.evaluate(parsed, owner.module, {})
    if isinstance(hint, Hint) and hint.name == "Union":
        return union(*(_text_hint(reader, owner, each) for each in hint.args))
    return hint


def _text_hint(reader: Expressions, owner: ClassRef, hint: Value) -> Value:
    return _hint(reader, owner, ast.Constant(hint)) if isinstance(hint, str) else hint


def _least(reader: Expressions, owner: ClassRef, default: ast.expr | None, hint: Value) -> int | None:
    """The lower bound in ``Field(ge=...)`` or ``Field(gt=...)``, of a whole number."""
    if not any(isinstance(each, Hint) and each.name == "int" for each in _parts(hint)):
        return None
    if isinstance(default, ast.Call) and ast.unparse(default.func).rpartition(".")[2].lower().endswith("field"):
        for word in default.keywords:
            bound = reader.evaluate(word.value, owner.module, {}) if word.arg in _LEAST else None
            if isinstance(bound, int):
                return bound + _LEAST[str(word.arg)]
    return None


def _human_fields(reader: Expressions) -> frozenset[str]:
    """Fields that take 8k and 8K: texts that the function of this release compares the name with."""
    found: set[str] = set()
    module = reader.source.require("vllm.engine.arg_utils")
    for name in ("_compute_kwargs", "get_kwargs"):
        for node in ast.walk(module.definitions[name]) if name in module.definitions else ():
            match node:
                case (
                    ast.Set(elts=elements)
                    | ast.Compare(left=ast.Name(id="name"), comparators=[ast.Tuple(elts=elements)])
                ):
                    texts = [each.value for each in elements if isinstance(each, ast.Constant)]
                    found |= {text for text in texts if isinstance(text, str)}
                case ast.Compare(left=ast.Name(id="name"), comparators=[ast.Constant(value=str(text))]):
                    found.add(text)
    return frozenset(found)


def _literal_with_text(reader: Expressions) -> bool:
    """Whether this release takes other words too where a hint has ``str`` beside its ``Literal``: since 0.10."""
    function = reader.source.require("vllm.engine.arg_utils").definitions.get("literal_to_kwargs")
    return function is not None and "metavar" in ast.unparse(function)
