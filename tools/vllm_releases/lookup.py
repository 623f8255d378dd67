"""Find what the names, attributes and imports of vLLM's source mean, without running any of it."""

import ast
from typing import Final

from tools.vllm_releases.source import PACKAGE, Module, Source
from tools.vllm_releases.values import ClassRef, FunctionRef, Hint, Member, Opaque, Value, members

Scope = dict[str, Value]
TYPES: Final = frozenset({"int", "float", "str", "bool", "list", "tuple", "set", "dict", "bytes", "object"})


class Lookup:
    """Find names of one release; expressions are left to a subclass."""

    def __init__(self, source: Source) -> None:
        """Read names of ``source``."""
        self.source = source
        self._globals: dict[tuple[str, str], Value] = {}

    def evaluate(self, node: ast.expr, module: Module, scope: Scope) -> Value:
        """The value of an expression, which a subclass knows."""
        del module, scope
        return Opaque(type(node).__name__)

    def lookup(self, module: Module, name: str) -> Value:
        """What a name of a module means."""
        key = (module.name, name)
        if key not in self._globals:
            self._globals[key] = Opaque(name)  # what is defined by itself is not followed
            self._globals[key] = self._bound(module, name)
        return self._globals[key]

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
        if name in TYPES:
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
