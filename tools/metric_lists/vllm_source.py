"""Calls that make a metric in a module of vLLM: their arguments, and the conditions under which they are reached."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tools.vllm_releases.expressions import Expressions
from tools.vllm_releases.lookup import Scope
from tools.vllm_releases.source import Module
from tools.vllm_releases.values import ClassRef, Opaque, Value

_MAKERS: Final = {
    **{name: name for name in ("Counter", "Gauge", "Histogram")},
    **{f"_{name.lower()}_cls": name for name in ("Counter", "Gauge", "Histogram")},
    **{f"Offloading{name}Metadata": name for name in ("Counter", "Gauge", "Histogram")},
}
_ENGINE_LABELS: Final = ["model_name", "engine"]
"""What callers pass for a parameter ``labelnames``, as PrometheusStatLogger of 0.32.0 has it."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One metric that a module makes."""

    kind: str
    name: Value
    labels: Value
    buckets: Value
    line: int
    text: str
    conditions: tuple[str, ...]


class Constants(Expressions):
    """Expressions with constants of plain classes and with the buckets of a call kept as the call."""

    def evaluate(self, node: ast.expr, module: Module, scope: Scope) -> Value:
        """The value of an expression; an attribute such as ``self.name`` may be in the scope itself."""
        if isinstance(node, ast.Attribute) and (path := ast.unparse(node)) in scope:
            return scope[path]
        return super().evaluate(node, module, scope)

    def class_attribute(self, found: ClassRef, name: str, bound: Value) -> Value:
        """An attribute of a class; constants of a plain class too."""
        value = super().class_attribute(found, name, bound)
        if not isinstance(value, Opaque):
            return value
        for statement in found.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=target)], value=node) if target == name:
                    return self.evaluate(node, found.module, {})
                case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as node) if target == name:
                    return self.evaluate(node, found.module, {})
        return value

    def call(self, node: ast.Call, module: Module, scope: Scope) -> Value:
        """The call itself where it computes buckets or the labels of an info metric; else unknown."""
        if ast.unparse(node.func) == "histogram_buckets":
            return node
        if ast.unparse(node) == "metrics_info.keys()":
            return [*self._cache_config(), "engine"]
        return super().call(node, module, scope)

    def named(self, module: str, path: str) -> Value:
        """The value of ``NAME`` or ``CLASS.NAME`` in a module."""
        return self.evaluate(ast.parse(path, mode="eval").body, self.source.require(module), {})

    def _cache_config(self) -> list[str]:
        """Fields of vLLM's CacheConfig, which are the labels of ``vllm:cache_config_info``."""
        found = self.lookup(self.source.require("vllm.config.cache"), "CacheConfig")
        statements = found.node.body if isinstance(found, ClassRef) else []
        return [
            each.target.id
            for each in statements
            if isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and "ClassVar" not in ast.unparse(each.annotation)
        ]


@dataclass
class _Walk:
    """The statements of one function in order, with what its names come to."""

    module: Module
    constants: Constants
    scope: Scope = field(default_factory=dict)
    alternatives: dict[str, list[tuple[str, Value]]] = field(default_factory=dict)
    """What a name was set to in a branch, with the branch's condition."""
    texts: dict[str, str] = field(default_factory=dict)
    """What a name was set to, as source, where its value is unknown."""

    def statements(self, body: list[ast.stmt], conditions: tuple[str, ...]) -> Iterator[Call]:
        for statement in body:
            match statement:
                case ast.ClassDef(body=inner) | ast.FunctionDef(body=inner):
                    yield from _Walk(self.module, self.constants, _parameters(statement)).statements(inner, ())
                case ast.If(test=test, body=[ast.Return()], orelse=[]):
                    conditions = (*conditions, self._text(test, holds=False))
                case ast.If(test=test, body=inner, orelse=otherwise):
                    yield from self.statements(inner, (*conditions, self._text(test, holds=True)))
                    yield from self.statements(otherwise, (*conditions, self._text(test, holds=False)))
                case ast.For(body=inner) | ast.With(body=inner) | ast.Try(body=inner):
                    yield from self.statements(inner, conditions)
                case _:
                    yield from self._simple(statement, conditions)

    def _simple(self, statement: ast.stmt, conditions: tuple[str, ...]) -> Iterator[Call]:
        yield from self._calls(statement, conditions, self.scope)
        match statement:
            case ast.Assign(targets=[target], value=value):
                self._assign(target, value, conditions)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                self._assign(target, value, conditions)

    def _assign(self, target: ast.expr, value: ast.expr, conditions: tuple[str, ...]) -> None:
        name = ast.unparse(target)
        found = self.constants.evaluate(value, self.module, self.scope)
        if isinstance(found, Opaque):
            self.texts[name] = ast.unparse(value)
        if conditions:
            self.alternatives.setdefault(name, []).append((conditions[-1], found))
        self.scope[name] = found

    def _text(self, test: ast.expr, *, holds: bool) -> str:
        """A condition as source, with the names of intermediate results replaced by what they are."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._text(test.operand, holds=not holds)
        text = self.texts.get(ast.unparse(test), ast.unparse(test))
        return text if holds else f"not ({text})"

    def _calls(self, node: ast.AST, conditions: tuple[str, ...], scope: Scope) -> Iterator[Call]:
        """The metrics that a node makes; of an entry of a mapping the key is the name."""
        match node:
            case ast.ListComp(elt=inner, generators=[ast.comprehension(target=target, iter=source)]):
                for condition, items in self._choices(source, scope):
                    for item in items:
                        bound = scope | _bound(target, item)
                        yield from self._calls(inner, (*conditions, condition) if condition else conditions, bound)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield from self._entry(key, value, conditions, scope)
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=ast.Call() as value):
                yield from self._entry(key, value, conditions, scope)
            case ast.Call() if maker := _maker(node):
                yield self._made(node, maker, None, conditions, scope)
            case _:
                for child in ast.iter_child_nodes(node):
                    yield from self._calls(child, conditions, scope)

    def _entry(
        self, key: ast.expr | None, value: ast.expr, conditions: tuple[str, ...], scope: Scope
    ) -> Iterator[Call]:
        if isinstance(value, ast.Call) and (maker := _maker(value)):
            yield self._made(value, maker, key, conditions, scope)
        else:
            yield from self._calls(value, conditions, scope)

    def _choices(self, source: ast.expr, scope: Scope) -> list[tuple[str, list[Value]]]:
        if isinstance(source, ast.Name) and source.id in self.alternatives:
            return [(text, self.constants.items(value) or []) for text, value in self.alternatives[source.id]]
        return [("", self.constants.items(self.constants.evaluate(source, self.module, scope)) or [])]

    def _made(
        self, node: ast.Call, maker: str, key: ast.expr | None, conditions: tuple[str, ...], scope: Scope
    ) -> Call:
        words = {word.arg: word.value for word in node.keywords}
        named = key or words.get("name") or node.args[0]
        labels = words.get("labelnames") or (node.args[2] if len(node.args) > 2 else ast.List(elts=[]))
        found = self.constants.evaluate(labels, self.module, scope)
        if maker.startswith("Offloading") and isinstance(found, list | tuple):
            found = [*_ENGINE_LABELS, *found]
        return Call(
            kind=_MAKERS[maker],
            name=self.constants.evaluate(named, self.module, scope),
            labels=found,
            buckets=self.constants.evaluate(words["buckets"], self.module, scope) if "buckets" in words else None,
            line=node.lineno,
            text=ast.unparse(named),
            conditions=conditions,
        )


def calls(module: Module, constants: Constants) -> list[Call]:
    """The metrics that a module makes, in order."""
    return list(_Walk(module, constants).statements(module.tree.body, ()))


def _maker(node: ast.Call) -> str | None:
    last = ast.unparse(node.func).rpartition(".")[2]
    return last if last in _MAKERS else None


def _parameters(node: ast.stmt) -> Scope:
    names = [each.arg for each in node.args.args] if isinstance(node, ast.FunctionDef) else []
    given = ("labelnames", "self._labelnames") if "labelnames" in names else ()
    return {name: list(_ENGINE_LABELS) for name in given}


def _bound(target: ast.expr, item: Value) -> Scope:
    if isinstance(target, ast.Name):
        return {target.id: item}
    if isinstance(target, ast.Tuple) and isinstance(item, list | tuple):
        return {each.id: value for each, value in zip(target.elts, item, strict=True) if isinstance(each, ast.Name)}
    return {}
