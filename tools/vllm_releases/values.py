"""What expressions of vLLM's source come to: plain data, types, classes, functions, the parser; the rest is unknown."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tools.vllm_releases.source import Module

Value: TypeAlias = Any


@dataclass(frozen=True)
class Opaque:
    """A value that is not followed, by the dotted name under which the source reached it."""

    name: str

    @property
    def last(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Hint:
    """A type: ``int``, ``Literal``, ``list`` and so on."""

    name: str
    args: tuple[Value, ...] = ()


@dataclass(frozen=True)
class ClassRef:
    """A class of vLLM."""

    module: Module
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    @property
    def is_dataclass(self) -> bool:
        """Whether a decorator makes it a dataclass."""
        names = {ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in self.node.decorator_list}
        return bool(names & {"config", "dataclass"})

    def __hash__(self) -> int:
        """By its place in the source."""
        return hash((self.module.name, self.node.name))

    def __eq__(self, other: object) -> bool:
        """The same class of the same module."""
        return isinstance(other, ClassRef) and (self.module.name, self.name) == (other.module.name, other.name)


@dataclass(frozen=True)
class FunctionRef:
    """A function or method of vLLM."""

    module: Module
    node: ast.FunctionDef
    owner: ClassRef | None = None
    """The class that it was found in."""
    bound: Value = None
    """What its first parameter is, for methods of an instance or class."""

    def __hash__(self) -> int:
        """By its place in the source."""
        return hash((self.module.name, self.node.name, self.node.lineno))

    def __eq__(self, other: object) -> bool:
        """The same function, whatever it is bound to."""
        return isinstance(other, FunctionRef) and (self.module.name, self.node) == (other.module.name, other.node)


@dataclass(frozen=True)
class Member:
    """A member of an enumeration."""

    name: str
    value: Value


@dataclass
class Parser:
    """The parser of ``vllm serve``, and each of its groups: what is added to them."""

    added: list[tuple[tuple[str, ...], dict[str, Value]]] = field(default_factory=list)
    """Flags and keyword arguments of every ``add_argument``."""


def members(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Names and values of the members of an enumeration."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not name.startswith("_"):
                yield name, value


def union(*parts: Value) -> Hint:
    """A union, with unions among its parts taken apart."""
    flat: list[Value] = []
    for part in parts:
        flat += part.args if isinstance(part, Hint) and part.name == "Union" else [part]
    return Hint("Union", tuple(flat))
