"""Import closure of generated protobuf modules: which of thousands the gateway needs."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath


def imported(sources: Iterable[Path]) -> set[str]:
    """Dotted names that the sources import, wherever in them; of ``from a import b`` both ``a`` and ``a.b``."""
    return {name for source in sources for name in _imports(source)}


def needed(modules: Mapping[str, Path], roots: Iterable[str]) -> set[str]:
    """Paths of the modules that are reached from ``roots``, with the ``__init__.py`` of their packages.

    Args:
        modules: Files by path, such as ``envoy/type/v3/percent_pb2.py``.
        roots: Dotted names; those of other packages are ignored.
    """
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        parts = waiting.pop().split(".")
        path = "/".join(parts) + ".py"
        if path in modules and path not in found:
            found.add(path)
            found |= {init for init in _packages(path) if init in modules}
            waiting += imported([modules[path]])
    return found


def _packages(path: str) -> Iterator[str]:
    for folder in PurePosixPath(path).parents:
        yield str(folder / "__init__.py")


def _imports(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_bytes(), filename=str(source))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
