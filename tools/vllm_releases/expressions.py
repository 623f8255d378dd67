"""Evaluate the expressions of vLLM's source that define its options, without running any of it."""

import ast
from collections.abc import Callable, Mapping
from typing import Final

from tools.vllm_releases.source import PACKAGE, Module, Source
from tools.vllm_releases.values import ClassRef, FunctionRef, Hint, Member, Opaque, Value, members, union

Scope = dict[str, Value]

_TYPES: Final = frozenset({"int", "float", "str", "bool", "list", "tuple", "set", "dict", "bytes", "object"})
_TYPING: Final = {
    **{name: name for name in ("Literal", "Annotated", "Any", "ClassVar", "InitVar")},
    "List": "list",
    "Tuple": "tuple",
    "Set": "set",
    "Dict": "dict",
    "Union": "Union",
    "SkipValidation": "Annotated",
}
_DEEPEST: Final = 60


class Expressions:
    """Evaluate expressions of one release; calls are left to a subclass."""

    def __init__(self, source: Source) -> None:
        """Read names of ``source``."""
        self.source = source
        self._globals: dict[tuple[str, str], Value] = {}
        self._depth = 0

    def lookup(self, module: Module, name: str) -> Value:
        """What a name of a module means."""
        key = (module.name, name)
        if key not in self._globals:
            self._globals[key] = Opaque(name)  # what is defined by itself is not followed
            self._globals[key] = self._bound(module, name)
        return self._globals[key]

    def evaluate(self, node: ast.expr, module: Module, scope: Scope) -> Value:
        """The value of an expression; ``Opaque`` where it is not followed."""
        if isinstance(node, ast.Constant):
            return node.value
        found = self._HANDLERS.get(type(node))
        if found is None or self._depth > _DEEPEST:
            return Opaque(type(node).__name__)
        self._depth += 1
        try:
            return found(self, node, module, scope)
        finally:
            self._depth -= 1

    def attribute(self, value: Value, name: str) -> Value:
        """An attribute of a value."""
        if isinstance(value, ClassRef):
            return self.class_attribute(value, name, value)
        if isinstance(value, Member) and name in {"value", "name"}:
            return value.value if name == "value" else value.name
        if (
            isinstance(value, Opaque)
            and value.name.startswith(f"{PACKAGE}.")
            and (module := self.source.module(value.name))
        ):
            return self.lookup(module, name)
        if isinstance(value, Opaque) and (value.last, name) == ("current_platform", "device_type"):
            return "cuda"  # what the images for NVIDIA GPUs have
        return Opaque(f"{value.name}.{name}" if isinstance(value, Opaque) else f"?.{name}")

    def class_attribute(self, found: ClassRef, name: str, bound: Value) -> Value:
        """An attribute of a class or of one of its bases."""
        for each in self.lineage(found):
            for statement in each.node.body:
                if isinstance(statement, ast.FunctionDef) and statement.name == name:
                    static = any(ast.unparse(one) == "staticmethod" for one in statement.decorator_list)
                    return FunctionRef(each.module, statement, each, None if static else bound)
            if self.is_enum(each):
                for member, value in members(each.node):
                    if member == name:
                        return Member(member, self.evaluate(value, each.module, {}))
        return Opaque(f"{found.name}.{name}")

    def lineage(self, found: ClassRef) -> list[ClassRef]:
        """A class and its bases, the nearest first."""
        line = [found]
        for base in found.node.bases:
            value = self.evaluate(base, found.module, {})
            if isinstance(value, ClassRef):
                line += [each for each in self.lineage(value) if each not in line]
        return line

    def is_enum(self, found: ClassRef) -> bool:
        """Whether a class is an enumeration."""
        return any("Enum" in ast.unparse(base) for each in self.lineage(found) for base in each.node.bases)

    def items(self, value: Value) -> list[Value] | None:
        """The members of a collection; None where they are not known."""
        if isinstance(value, ClassRef) and self.is_enum(value):
            return [Member(name, self.evaluate(each, value.module, {})) for name, each in members(value.node)]
        return list(value) if isinstance(value, list | tuple | dict | set | frozenset) else None

    def call(self, node: ast.Call, module: Module, scope: Scope) -> Value:
        """The value of a call, which is followed by a subclass only."""
        del module, scope
        return Opaque(ast.unparse(node.func))

    def _bound(self, module: Module, name: str) -> Value:
        match module.definitions.get(name):
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self.evaluate(value, module, {})
            case ast.ClassDef() as node:
                return ClassRef(module, node)
            case ast.FunctionDef() as node:
                return FunctionRef(module, node)
            case ast.ImportFrom() | ast.Import() as node:
                return self.imported(node, module, name)
        if name in _TYPES:
            return Hint(name)
        return Opaque(name)

    def imported(self, node: ast.ImportFrom | ast.Import, module: Module, name: str) -> Value:
        """What an import binds to a name."""
        alias = next(
            each for each in node.names if (each.asname or each.name.partition(".")[0]) == name or each.name == name
        )
        if isinstance(node, ast.Import):
            return Opaque(alias.name if alias.asname else name)
        base = node.module or ""
        if node.level:
            package = module.name.split(".")
            kept = package[: len(package) - node.level + module.is_package]
            base = ".".join([*kept, *([base] if base else [])])
        if base.partition(".")[0] != PACKAGE:
            return Opaque(f"{base}.{alias.name}")
        submodule = self.source.module(f"{base}.{alias.name}")
        home = self.source.module(base)
        if home is not None and alias.name in home.definitions:
            return self.lookup(home, alias.name)
        return Opaque(f"{base}.{alias.name}") if submodule is None else Opaque(submodule.name)

    def _name(self, node: ast.Name, module: Module, scope: Scope) -> Value:
        return scope[node.id] if node.id in scope else self.lookup(module, node.id)

    def _attribute(self, node: ast.Attribute, module: Module, scope: Scope) -> Value:
        return self.attribute(self.evaluate(node.value, module, scope), node.attr)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, module: Module, scope: Scope) -> Value:
        found: list[Value] = []
        for each in node.elts:
            if isinstance(each, ast.Starred):
                found += self.items(self.evaluate(each.value, module, scope)) or []
            else:
                found.append(self.evaluate(each, module, scope))
        return tuple(found) if isinstance(node, ast.Tuple) else found

    def _dict(self, node: ast.Dict, module: Module, scope: Scope) -> Value:
        found: dict[Value, Value] = {}
        for key, each in zip(node.keys, node.values, strict=True):
            value = self.evaluate(each, module, scope)
            if key is None:
                found |= value if isinstance(value, dict) else {}
            else:
                found[self.evaluate(key, module, scope)] = value
        return found

    def _subscript(self, node: ast.Subscript, module: Module, scope: Scope) -> Value:
        value = self.evaluate(node.value, module, scope)
        key = self.evaluate(node.slice, module, scope)
        if isinstance(value, dict):
            return value.get(key, Opaque(f"[{key}]"))
        if isinstance(value, list | tuple) and isinstance(key, int) and key < len(value):
            return value[key]
        if isinstance(value, ClassRef) and isinstance(key, str):
            return self.attribute(value, key)
        args = key if isinstance(key, tuple) else (key,)
        if isinstance(value, Hint):
            return union(*args) if value.name == "Union" else Hint(value.name, args)
        if not isinstance(value, Opaque):
            return Opaque("?")
        if value.last == "Optional":
            return union(*args, Hint("None"))
        name = _TYPING.get(value.last)
        if name is None:
            return Opaque(value.name)
        if name == "Literal":
            return Hint(name, tuple(self._literals(args)))
        return union(*args) if name == "Union" else Hint(name, args)

    def _literals(self, args: tuple[Value, ...]) -> list[Value]:
        found: list[Value] = []
        for each in args:
            found += each.args if isinstance(each, Hint) and each.name == "Literal" else [each]
        return found

    def _binary(self, node: ast.BinOp, module: Module, scope: Scope) -> Value:
        left, right = (self.evaluate(each, module, scope) for each in (node.left, node.right))
        if isinstance(node.op, ast.BitOr):
            if isinstance(left, dict) and isinstance(right, dict):
                return left | right
            return union(*(Hint("None") if each is None else each for each in (left, right)))
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, str | list | tuple | int):
            return left + right
        return Opaque("?")

    def _comprehension(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, module: Module, scope: Scope
    ) -> Value:
        loop = node.generators[0]
        items = self.items(self.evaluate(loop.iter, module, scope))
        if items is None or not isinstance(loop.target, ast.Name) or len(node.generators) > 1:
            return Opaque("comprehension")
        found = []
        for item in items:
            inner = {**scope, loop.target.id: item}
            if all(self.evaluate(each, module, inner) is not False for each in loop.ifs):
                found.append(self.evaluate(node.elt, module, inner))
        return found

    def _compare(self, node: ast.Compare, module: Module, scope: Scope) -> Value:
        left = self.evaluate(node.left, module, scope)
        right = self.evaluate(node.comparators[0], module, scope)
        if isinstance(left, Opaque) or isinstance(right, Opaque) or len(node.ops) > 1:
            return Opaque("comparison")
        match node.ops[0]:
            case ast.Eq():
                return left == right
            case ast.NotEq():
                return left != right
            case ast.In() if (items := self.items(right)) is not None:
                return left in items
            case ast.NotIn() if (items := self.items(right)) is not None:
                return left not in items
            case ast.Is():
                return left is right
            case ast.IsNot():
                return left is not right
        return Opaque("comparison")

    def _not(self, node: ast.UnaryOp, module: Module, scope: Scope) -> Value:
        value = self.evaluate(node.operand, module, scope)
        if isinstance(node.op, ast.Not):
            return Opaque("not") if isinstance(value, Opaque) else not value
        return -value if isinstance(node.op, ast.USub) and isinstance(value, int | float) else Opaque("?")

    def _either(self, node: ast.BoolOp, module: Module, scope: Scope) -> Value:
        value: Value = Opaque("?")
        for each in node.values:
            value = self.evaluate(each, module, scope)
            if isinstance(value, Opaque) or bool(value) is isinstance(node.op, ast.Or):
                return value
        return value

    def _conditional(self, node: ast.IfExp, module: Module, scope: Scope) -> Value:
        test = self.evaluate(node.test, module, scope)
        return self.evaluate(node.orelse if not isinstance(test, Opaque) and not test else node.body, module, scope)

    def _text(self, node: ast.JoinedStr, module: Module, scope: Scope) -> Value:
        parts = []
        for each in node.values:
            value = self.evaluate(each.value if isinstance(each, ast.FormattedValue) else each, module, scope)
            if not isinstance(value, str | int | float):
                return Opaque("text")
            parts.append(str(value))
        return "".join(parts)

    def _call(self, node: ast.Call, module: Module, scope: Scope) -> Value:
        return self.call(node, module, scope)

    _HANDLERS: Mapping[type[ast.expr], Callable[..., Value]] = {
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.List: _sequence,
        ast.Tuple: _sequence,
        ast.Set: _sequence,
        ast.Dict: _dict,
        ast.Subscript: _subscript,
        ast.BinOp: _binary,
        ast.ListComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.SetComp: _comprehension,
        ast.Compare: _compare,
        ast.UnaryOp: _not,
        ast.BoolOp: _either,
        ast.IfExp: _conditional,
        ast.JoinedStr: _text,
        ast.Call: _call,
    }
