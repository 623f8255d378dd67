"""Import hook: packages of the Pulumi SDKs that import the module of a resource when the resource is first used.

``pulumi_aws.ec2`` and its like are generated: ``__init__`` star-imports every resource of the service, up to 180
modules, of which the program uses a few. With the hook such a package is empty at first, and finds the module that
defines a name by the name. Objects, types and registrations are those of the plain import. A package with another
layout is imported as it is written, and a name that is not found makes the package import everything.
"""

import importlib
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Final, cast

SDKS: Final = ("pulumi_aws", "pulumi_kubernetes")

_STAR_IMPORT = re.compile(r"from \.(\w+) import \*")
_OTHER_GENERATED_LINE = re.compile(
    r"|#.*|import builtins as _builtins|import typing|from \.+ import _utilities|from \. import outputs"
)
# What generated names have beside the name of their module: VpcArgs, get_vpc_output, AwaitableGetVpcResult.
_DECORATION = re.compile(r"^awaitable|(?:init)?args(?:dict)?$|output$|result$")


def install() -> None:
    """Make packages of the SDKs that are imported from now on lazy; a second call changes nothing."""
    if not any(isinstance(finder, LazyPackageFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, LazyPackageFinder(SDKS))


class LazyPackageFinder:
    """Meta path finder for the packages below some top-level packages."""

    def __init__(self, sdks: Sequence[str]) -> None:
        """Take the names of the top-level packages, which themselves are imported as usual."""
        self._prefixes = tuple(f"{sdk}." for sdk in sdks)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a package with a lazy loader; None leaves a module to the next finder."""
        if not fullname.startswith(self._prefixes):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.submodule_search_locations is None or type(spec.loader) is not SourceFileLoader:
            return None
        spec.loader = _LazyPackageLoader(spec.loader.name, spec.loader.path)
        return spec


class _LazyPackageLoader(SourceFileLoader):
    """Loads a package without what it star-imports, if ``__init__`` does nothing else."""

    def __init__(self, fullname: str, path: str) -> None:
        super().__init__(fullname, path)
        self._star_imports: list[str] = []
        self._threads: set[int] = set()

    def exec_module(self, module: ModuleType) -> None:
        lines = (self.get_source(self.name) or "").splitlines()
        self._star_imports = [match[1] for line in lines if (match := _STAR_IMPORT.fullmatch(line))]
        if all(_STAR_IMPORT.fullmatch(line) or _OTHER_GENERATED_LINE.fullmatch(line) for line in lines):
            module.__class__ = _LazyPackage
        else:
            super().exec_module(module)

    def exec_in_full(self, module: ModuleType) -> bool:
        """Run ``__init__`` as it is written; False while this thread is at it already."""
        thread = threading.get_ident()
        if thread in self._threads:
            return False
        self._threads.add(thread)
        try:
            super().exec_module(module)
        finally:
            self._threads.remove(thread)
        module.__class__ = ModuleType
        return True

    def candidates(self, name: str) -> Iterator[str]:
        """Yield the modules that may define a name, the last first: of two definitions the later star import holds."""
        plain = _plain(name)
        names = {plain, _DECORATION.sub("", plain), "enums"}
        if plain.endswith(("args", "argsdict")):
            names.add("inputs")
        return (module for module in reversed(self._star_imports) if _plain(module) in names)


class _LazyPackage(ModuleType):
    """A package whose names are imported one by one."""

    def __getattr__(self, name: str) -> Any:
        # Tools look for __wrapped__ and the like in every module; `from package import *` looks for __all__.
        if not name.startswith("__") or name == "__all__":
            loader = cast("_LazyPackageLoader", self.__loader__)
            if name == "outputs":
                return importlib.import_module(f"{self.__name__}.outputs")
            for candidate in loader.candidates(name):
                module = importlib.import_module(f"{self.__name__}.{candidate}")
                if name in getattr(module, "__all__", ()):
                    setattr(self, name, getattr(module, name))
                if name in vars(self):
                    return vars(self)[name]
            if loader.exec_in_full(self):
                return getattr(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing core.v1.Pod binds the module as `Pod` in core.v1, where the star import then puts the class.
        if isinstance(value, ModuleType) and name in getattr(value, "__all__", ()):
            value = getattr(value, name)
        ModuleType.__setattr__(self, name, value)  # not super(): the full import changes the class

    def __dir__(self) -> Iterable[str]:
        cast("_LazyPackageLoader", self.__loader__).exec_in_full(self)
        return list(vars(self))


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
