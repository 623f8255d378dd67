"""Check that every top-level package is in each list of them: the wheel, the import contracts, the Makefile."""

import re
import tomllib
from collections.abc import Iterator

from tools.files import ROOT, listed

_MAKE = re.compile(r"^PACKAGES := (.*?)(?: \$|$)", re.MULTILINE)
_OWN_ROOT = {"policies", "tests"}
"""Not packages of the wheel: a project of its own, run by Pulumi, and the tests."""


def complaints() -> Iterator[str]:
    """Yield a line for each list that lacks a package, or names one that is not there."""
    packages = {path.parts[0] for path in listed() if len(path.parts) == 2 and path.name == "__init__.py"} - _OWN_ROOT
    for place, names in lists().items():
        if missing := sorted(packages - names):
            yield f"{place}: lacks {', '.join(missing)}: add it"
        if unknown := sorted(names - packages):
            yield f"{place}: there is no package {', '.join(unknown)}: remove it"


def lists() -> dict[str, set[str]]:
    """Return the top-level packages by the place that lists them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    (make,) = _MAKE.findall((ROOT / "Makefile").read_text())
    return {
        "pyproject.toml: tool.hatch.build.targets.wheel.packages": set(
            project["hatch"]["build"]["targets"]["wheel"]["packages"]
        ),
        "pyproject.toml: tool.importlinter.root_packages": set(project["importlinter"]["root_packages"]),
        "Makefile: PACKAGES": set(make.split()),
    }
