"""A real deployment installs the project's own dependencies and no group: nothing it runs may need more."""

import re
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
IN_A_POD = ["components.payloads.mirror_weights"]
"""Read as text and run in a container, whose image has its packages."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

IMPORTS = """
import importlib, pkgutil, sys

class Refused:
    left_out = frozenset({left_out!r})
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.left_out:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refused())
sys.path[:0] = [{root!r}, {root!r} + "/policies"]
for package in {packages!r}:
    folder = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(folder, package + "."):
        if not module.name.endswith("__main__") and module.name not in {in_a_pod!r}:
            importlib.import_module(module.name)
            print(module.name)
"""


def installed_with_the_project() -> set[str]:
    """Every distribution that `uv sync` without a group installs, by normalised name."""
    found: set[str] = set()
    left = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    while left:
        one = left.pop()
        name = re.sub(r"[-_.]+", "-", one.name).lower()
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        try:
            further = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue
        wanted = one.extras or {""}
        left += [need for need in further if not need.marker or any(need.marker.evaluate({"extra": e}) for e in wanted)]
    return found


def left_out() -> set[str]:
    """Top-level modules that only the groups bring."""
    have = installed_with_the_project() | {"llm-platform"}
    return {
        module
        for module, distributions in packages_distributions().items()
        if not any(re.sub(r"[-_.]+", "-", name).lower() in have for name in distributions)
    }


def run(packages: list[str], refused: set[str]) -> subprocess.CompletedProcess[str]:
    script = textwrap.dedent(IMPORTS).format(
        left_out=sorted(refused), root=str(ROOT), packages=packages, in_a_pod=IN_A_POD
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_groups_bring_what_production_does_not_have() -> None:
    assert {"moto", "playwright", "sqlalchemy", "pytest", "httpx"} <= left_out()
    assert not {"boto3", "pulumi", "pulumi_aws", "pulumi_policy", "pydantic", "yaml", "grpc"} & left_out()


@pytest.mark.thorough
def test_program_planner_and_guardrails_need_no_group() -> None:
    result = run(["settings", "components", "planner", "preflight", "cli", "guardrails"], left_out())
    assert result.returncode == 0, result.stderr
    assert {
        "settings.loading.parse",
        "components.serving.vllm.service",
        "cli.plan",
        "preflight.run",
        "guardrails.rules.cost_budget",
    } <= set(result.stdout.split())


def test_the_check_notices_a_package_of_a_group() -> None:
    result = run(["rehearsal"], left_out())
    assert "No module named" in result.stderr


def test_no_group_is_a_default() -> None:
    """Pulumi runs `uv sync --inexact` before each preview and up, on production runners too."""
    assert PROJECT["tool"]["uv"]["default-groups"] == []


def test_the_targets_name_the_groups_they_need() -> None:
    recipes = (ROOT / "Makefile").read_text()
    assert "uv sync" not in recipes.replace("$(UV) sync", "")
    assert re.findall(r"\$\(UV\) sync (.*)", recipes) == ["--locked --inexact", "--locked --all-groups"]
    assert "sync --locked --group portal" in (ROOT / "portal" / "Dockerfile").read_text()


@pytest.mark.parametrize("module", ["rehearsal.__main__"])
def test_the_rehearsal_says_how_to_get_what_it_needs(module: str) -> None:
    code = textwrap.dedent(IMPORTS).format(left_out=["httpx"], root=str(ROOT), packages=[], in_a_pod=[])
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nfrom {module} import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert result.returncode == 1
    assert result.stderr == (
        "rehearse: the package httpx is not installed: `make setup` installs what a rehearsal needs\n"
    )
