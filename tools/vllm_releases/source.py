"""A release of vLLM as a tree of Python files: read from a source distribution, a wheel or a folder, never imported."""

import ast
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PACKAGE = "vllm"
_VERSION = re.compile(r"vllm-(\d+(?:\.\d+)*(?:\.post\d+)?)[-.]")


class SourceError(Exception):
    """A file is not a release of vLLM, or its code is not of a form that is read here."""


@dataclass(frozen=True)
class Module:
    """One Python file."""

    name: str
    tree: ast.Module
    is_package: bool

    @cached_property
    def definitions(self) -> Mapping[str, ast.stmt]:
        """The statement that binds each name of the module in the end: what is for type checkers only counts last."""
        found: dict[str, ast.stmt] = {}
        for statement in [*_flat(self.tree.body, typing_only=True), *_flat(self.tree.body, typing_only=False)]:
            found |= dict.fromkeys(_bound(statement), statement)
        return found


@dataclass(frozen=True)
class Source:
    """The Python files of one release."""

    version: str
    """Such as ``0.9.2``."""
    files: Mapping[str, str]
    """Text by path, from ``vllm/`` on."""
    _modules: dict[str, Module | None] = field(default_factory=dict, repr=False)

    @property
    def minor(self) -> int:
        """The second number of the version: vLLM's releases so far are all 0.N."""
        return int(self.version.split(".")[1])

    def module(self, name: str) -> Module | None:
        """A module by its dotted name; None where the release has none."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def require(self, name: str) -> Module:
        """A module that must be there.

        Raises:
            SourceError: it is not.
        """
        module = self.module(name)
        if module is None:
            raise SourceError(f"vLLM {self.version} has no module {name}")
        return module

    def modules_below(self, folder: str) -> Iterator[Module]:
        """Every module below a folder such as ``vllm/reasoning``, by name."""
        for path in sorted(self.files):
            if path.startswith(f"{folder}/") and path.endswith(".py"):
                name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                yield self.require(name)

    def _read(self, name: str) -> Module | None:
        base = name.replace(".", "/")
        for path, is_package in ((f"{base}.py", False), (f"{base}/__init__.py", True)):
            if path in self.files:
                try:
                    return Module(name, ast.parse(self.files[path]), is_package)
                except SyntaxError as error:
                    raise SourceError(f"vLLM {self.version}: {path} is not Python: {error}") from error
        return None


def read_source(path: Path) -> Source:
    """Read a release from an sdist (``.tar.gz``), a wheel (``.whl``) or a folder named by its version.

    Raises:
        SourceError: the file is none of these, or names no version.
    """
    if path.is_dir():
        files = {
            str(each.relative_to(path)): each.read_text(encoding="utf-8") for each in path.glob(f"{PACKAGE}/**/*.py")
        }
        return _checked(path.name, files, path)
    version = _VERSION.match(path.name)
    if version is None:
        raise SourceError(f"{path}: name it like vllm-0.9.2.tar.gz, or like a wheel of vLLM")
    try:
        files = dict(_wheel(path) if path.suffix == ".whl" else _sdist(path))
    except (OSError, tarfile.TarError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: {error}") from error
    return _checked(version[1], files, path)


def _checked(version: str, files: Mapping[str, str], path: Path) -> Source:
    if not re.match(r"0\.\d+", version) or f"{PACKAGE}/engine/arg_utils.py" not in files:
        raise SourceError(f"{path}: no release of vLLM with its Python files")
    return Source(version, files)


def _wheel(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(f"{PACKAGE}/") and name.endswith(".py"):
                yield name, archive.read(name).decode("utf-8")


def _sdist(path: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(path) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            if name.startswith(f"{PACKAGE}/") and name.endswith(".py") and (file := archive.extractfile(member)):
                yield name, file.read().decode("utf-8")


def _flat(statements: list[ast.stmt], *, typing_only: bool) -> Iterator[ast.stmt]:
    """The statements of a module with those in its branches, or those for type checkers only."""
    for statement in statements:
        match statement:
            case ast.If(test=test, body=body, orelse=otherwise) if "TYPE_CHECKING" in ast.unparse(test):
                yield from _flat(body if typing_only else otherwise, typing_only=False)
            case ast.If(body=body, orelse=otherwise):
                yield from _flat([*otherwise, *body], typing_only=typing_only)
            case ast.Try(body=body, handlers=handlers):
                rescue = [each for handler in handlers for each in handler.body]
                yield from _flat([*rescue, *body], typing_only=typing_only)
            case _ if not typing_only:
                yield statement


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name
        case ast.Import(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
