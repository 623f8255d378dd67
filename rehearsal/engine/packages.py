"""What is installed in a Python: the plugins a program needs, and its dependencies."""

import base64
import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from pulumi.runtime.proto import language_pb2, plugin_pb2

from rehearsal.engine.interpreter import Interpreter


def required(interpreter: Interpreter) -> list[plugin_pb2.PackageDependency]:
    """The provider plugin of every installed SDK package, as its pulumi-plugin.json names it."""
    found: dict[tuple[str, str], plugin_pb2.PackageDependency] = {}
    for folder in interpreter.search_path:
        if folder.is_dir():
            for path in sorted(folder.glob("*/pulumi-plugin.json")):
                package = _package(path)
                if package:
                    found.setdefault((package.name, package.version), package)
    return list(found.values())


def _package(path: Path) -> plugin_pb2.PackageDependency | None:
    described = json.loads(path.read_text())
    if not described.get("resource"):
        return None
    package = plugin_pb2.PackageDependency(
        kind="resource",
        name=described.get("name") or path.parent.name.removeprefix("pulumi_").replace("_", "-"),
        version=_with_v(described.get("version") or _installed_version(path)),
        server=described.get("server") or "",
    )
    parameterization = described.get("parameterization")
    if parameterization:
        package.parameterization.CopyFrom(
            plugin_pb2.PackageParameterization(
                name=parameterization["name"],
                version=parameterization["version"],
                value=base64.b64decode(parameterization["value"]),
            )
        )
    return package


def _installed_version(path: Path) -> str:
    name = path.parent.name
    for distribution in metadata.distributions(name=name, path=[str(path.parent.parent)]):
        return distribution.version
    return ""


def _with_v(version: str) -> str:
    return f"v{version.removeprefix('v')}" if version else ""


def dependencies(interpreter: Interpreter, *, transitive: bool) -> list[language_pb2.DependencyInfo]:
    """Installed distributions; without ``transitive`` only those that no other one requires."""
    installed = {_normal(d.metadata["Name"]): d for d in _distributions(interpreter)}
    needed: set[str] = set()
    if not transitive:
        for distribution in installed.values():
            needed.update(_normal(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in distribution.requires or ())
    return [
        language_pb2.DependencyInfo(name=distribution.metadata["Name"], version=distribution.version)
        for name, distribution in sorted(installed.items())
        if name not in needed
    ]


def _distributions(interpreter: Interpreter) -> Iterator[metadata.Distribution]:
    yield from metadata.distributions(path=[str(folder) for folder in interpreter.search_path])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
