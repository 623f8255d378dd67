"""Follow the functions that add options to the parser of ``vllm serve``, statement by statement, without running them."""

import ast
from typing import Final

from tools.vllm_releases.dataclass_options import keywords_of
from tools.vllm_releases.expressions import Expressions
from tools.vllm_releases.lookup import Scope
from tools.vllm_releases.source import Module
from tools.vllm_releases.values import ClassRef, FunctionRef, Hint, Opaque, Parser, Value

_LIST_METHODS: Final = frozenset({"append", "extend", "remove", "insert", "copy"})
_DICT_METHODS: Final = frozenset({"update", "pop", "get", "items", "keys", "values", "setdefault", "copy"})
_STR_METHODS: Final = frozenset({"replace", "lower", "upper", "join", "strip", "split", "removeprefix", "removesuffix"})
_WRAPPERS: Final = frozenset({"optional_type", "parse_type", "deepcopy", "copy", "cast"})
_DEEPEST: Final = 20


class _Return(Exception):  # noqa: N818 - the end of a function, not an error
    def __init__(self, value: Value) -> None:
        self.value = value


class _LoopEnd(Exception):  # noqa: N818 - continue and break
    pass


class Interpreter(Expressions):
    """Follows calls too: those that get the parser, or a mapping or list that it may change."""

    _calls = 0

    def run(self, function: FunctionRef, args: list[Value], keywords: dict[str, Value]) -> Value:
        """Follow one function of vLLM; its result."""
        if self._calls > _DEEPEST:
            return Opaque(function.node.name)
        scope = self._parameters(function, args, keywords)
        self._calls += 1
        try:
            self.execute(function.node.body, function.module, scope)
        except _Return as found:
            return found.value
        except _LoopEnd:
            pass
        finally:
            self._calls -= 1
        return None

    def execute(self, body: list[ast.stmt], module: Module, scope: Scope) -> None:
        """Follow statements; of a branch whose condition is not known, the first."""
        for statement in body:
            self._statement(statement, module, scope)

    def call(self, node: ast.Call, module: Module, scope: Scope) -> Value:
        """The value of a call, followed where it matters."""
        args: list[Value] = []
        for each in node.args:
            if isinstance(each, ast.Starred):
                args += self.items(self.evaluate(each.value, module, scope)) or []
            else:
                args.append(self.evaluate(each, module, scope))
        keywords: dict[str, Value] = {}
        for word in node.keywords:
            value = self.evaluate(word.value, module, scope)
            if word.arg is not None:
                keywords[word.arg] = value
            elif isinstance(value, dict):
                keywords |= value
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, args, keywords, module, scope)
        return self._function(self.evaluate(node.func, module, scope), args, keywords)

    def _method(
        self, func: ast.Attribute, args: list[Value], keywords: dict[str, Value], module: Module, scope: Scope
    ) -> Value:
        if isinstance(func.value, ast.Call) and ast.unparse(func.value.func) == "super" and "__owner__" in scope:
            line = self.lineage(scope["__owner__"])[1:]
            found = next((self.class_attribute(each, func.attr, scope.get("cls")) for each in line), Opaque(func.attr))
            return self._function(found, args, keywords)
        value = self.evaluate(func.value, module, scope)
        if isinstance(value, Parser):
            if func.attr == "add_argument":
                value.added.append((tuple(args), keywords))
                return Opaque("argument")
            return value  # groups share what is added; add_parser is the parser of the subcommand
        for kind, methods in ((list, _LIST_METHODS), (dict, _DICT_METHODS), (str, _STR_METHODS)):
            if isinstance(value, kind) and func.attr in methods:
                return self._built_in(value, func.attr, args)
        return self._function(self.attribute(value, func.attr), args, keywords)

    def _built_in(self, value: Value, name: str, args: list[Value]) -> Value:
        if any(isinstance(each, Opaque) for each in args) and isinstance(value, str):
            return Opaque(name)
        try:
            found = getattr(value, name)(*args)
            return list(found) if name in {"items", "keys", "values"} else found
        except (TypeError, ValueError, KeyError, AttributeError):
            return Opaque(name)

    def _function(self, found: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        name = found.node.name if isinstance(found, FunctionRef) else found.last if isinstance(found, Opaque) else ""
        if name in _WRAPPERS and args:
            return args[-1] if name == "cast" else args[0]
        if name == "get_args" and isinstance(args[0], Hint):
            return args[0].args
        if name == "get_kwargs" and isinstance(args[0], ClassRef):
            return keywords_of(self, args[0])
        if isinstance(found, Hint) and found.name in {"list", "tuple", "set", "dict"}:
            return self._collection(found.name, args, keywords)
        if name in {"sorted", "reversed"} and (items := self.items(args[0])) is not None:
            return sorted(items, key=str) if name == "sorted" else items[::-1]
        changeable = [*args, *keywords.values()]
        if isinstance(found, FunctionRef) and any(isinstance(each, Parser | dict) for each in changeable):
            return self.run(found, args, keywords)
        return Opaque(name or "call")

    def _collection(self, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        if name == "dict":
            return {**(args[0] if args and isinstance(args[0], dict) else {}), **keywords}
        items = self.items(args[0]) if args else []
        if items is None:
            return Opaque(name)
        return tuple(items) if name == "tuple" else items

    def _parameters(self, function: FunctionRef, args: list[Value], keywords: dict[str, Value]) -> Scope:
        spec = function.node.args
        names = [each.arg for each in (*spec.posonlyargs, *spec.args)]
        given = args if function.bound is None else [function.bound, *args]
        scope: Scope = {name: Opaque(name) for name in (*names, *(each.arg for each in spec.kwonlyargs))}
        defaults = [*zip(names[::-1], spec.defaults[::-1], strict=False)]
        defaults += [(each.arg, one) for each, one in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if one]
        for name, default in defaults:
            scope[name] = self.evaluate(default, function.module, {})
        scope |= dict(zip(names, given, strict=False)) | {key: each for key, each in keywords.items() if key in scope}
        return scope | ({"__owner__": function.owner} if function.owner else {})

    def _statement(self, statement: ast.stmt, module: Module, scope: Scope) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found = self.evaluate(value, module, scope)
                for target in targets:
                    self._assign(target, found, module, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self.evaluate(value, module, scope), module, scope)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                both = ast.BinOp(ast.Name(name), statement.op, value)
                scope[name] = self.evaluate(both, module, scope)
            case ast.Expr(value=value):
                self.evaluate(value, module, scope)
            case ast.If(test=test, body=body, orelse=otherwise):
                known = self.evaluate(test, module, scope)
                self.execute(otherwise if not isinstance(known, Opaque) and not known else body, module, scope)
            case ast.For() as loop:
                self._loop(loop, module, scope)
            case ast.With(body=body) | ast.Try(body=body):
                self.execute(body, module, scope)
            case ast.Delete(targets=targets):
                self._delete(targets, module, scope)
            case ast.Return(value=value):
                raise _Return(self.evaluate(value, module, scope) if value else None)
            case ast.ImportFrom() | ast.Import() as node:
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    scope[name] = self.imported(node, module, name)
            case ast.FunctionDef() as node:
                scope[node.name] = Opaque(node.name)
            case ast.Continue() | ast.Break():
                raise _LoopEnd

    def _loop(self, loop: ast.For, module: Module, scope: Scope) -> None:
        for item in self.items(self.evaluate(loop.iter, module, scope)) or []:
            self._assign(loop.target, item, module, scope)
            try:
                self.execute(loop.body, module, scope)
            except _LoopEnd:
                continue

    def _assign(self, target: ast.expr, value: Value, module: Module, scope: Scope) -> None:
        match target:
            case ast.Name(id=name):
                scope[name] = value
            case ast.Tuple(elts=elements) if isinstance(value, list | tuple) and len(value) == len(elements):
                for element, each in zip(elements, value, strict=True):
                    self._assign(element, each, module, scope)
            case ast.Subscript(value=holder, slice=key):
                held = self.evaluate(holder, module, scope)
                if isinstance(held, dict):
                    held[self.evaluate(key, module, scope)] = value

    def _delete(self, targets: list[ast.expr], module: Module, scope: Scope) -> None:
        for target in targets:
            if isinstance(target, ast.Subscript):
                held = self.evaluate(target.value, module, scope)
                if isinstance(held, dict):
                    held.pop(self.evaluate(target.slice, module, scope), None)
