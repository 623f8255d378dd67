"""Evaluate the expressions of vLLM's source that define its options, without running any of it."""

import ast
from collections.abc import Callable, Mapping
from typing import Final

from tools.vllm_releases.lookup import Lookup, Scope
from tools.vllm_releases.source import Module
from tools.vllm_releases.values import ClassRef, Hint, Opaque, Value, union

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


class Expressions(Lookup):
    """Evaluate expressions of one release; calls are left to a subclass."""

    _depth = 0

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

    def call(self, node: ast.Call, module: Module, scope: Scope) -> Value:
        """The value of a call, which is followed by a subclass only."""
        del module, scope
        return Opaque(ast.unparse(node.func))

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
