"""Fingerprints: everything that decides what an up does, and nothing else."""

import ast
from pathlib import Path

import grimp
import pytest

from portal.runner.fingerprint import config_of, program_parts, take
from portal.runner.workspace import Workspace

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("__main__.py", "the program"),
        ("settings/loading/stack.py", "the program"),
        ("settings/new.py", "the program"),
        ("settings/config/new.py", "the program"),
        ("new_package/__init__.py", "the program"),
        ("new_module.py", "the program"),
        ("uv.lock", "its locked packages"),
        ("policies/guardrails/a.py", "the guardrails"),
        ("policies/config/dev.json", "the guardrails' settings"),
        ("policies/config/dev-search.json", "the guardrails' settings"),
    ],
)
def test_the_fingerprint_sees_each_part(workspace: Workspace, program: Path, path: str, part: str):
    before = take(workspace, "dev", "config", {}, None)
    (program / path).parent.mkdir(exist_ok=True)
    (program / path).write_text("changed")
    assert before.differences(take(workspace, "dev", "config", {}, None)) == (part,)


def test_the_fingerprint_sees_settings_and_state(workspace: Workspace):
    before = take(workspace, "dev", "config", {"resources": []}, None)
    after = take(workspace, "dev", "other", {"resources": [], "manifest": {"time": "now"}}, None)
    assert before.differences(after) == ("the stack's settings", "the stack's state")


def test_the_fingerprint_does_not_see_caches_other_platforms_or_what_is_not_imported(
    workspace: Workspace, program: Path
):
    before = take(workspace, "dev", "config", {}, None)
    (program / "portal" / "app.py").write_text("changed")
    (program / "settings" / "__pycache__").mkdir()
    (program / "settings" / "__pycache__" / "settings.cpython-311.pyc").write_text("x")
    (program / "policies" / "config" / "prod.json").write_text("{}")
    assert before.differences(take(workspace, "dev", "config", {}, None)) == ()


def test_a_team_s_own_settings_of_the_guardrails_come_first(workspace: Workspace, program: Path):
    config = program / "policies" / "config"
    assert config_of(workspace.connection, "dev-search", "dev") == config / "dev.json"
    (config / "dev-search.json").write_text("{}")
    assert config_of(workspace.connection, "dev-search", "dev") == config / "dev-search.json"
    assert config_of(workspace.connection, "dev-ads", "dev") == config / "dev.json"
    assert config_of(workspace.connection, "prod-search", "prod") is None


def test_all_that_the_program_imports_is_seen():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    graph = grimp.build_graph(*packages)
    imports = [node for node in ast.walk(ast.parse((ROOT / "__main__.py").read_text())) if isinstance(node, ast.Import)]
    froms = [
        node for node in ast.walk(ast.parse((ROOT / "__main__.py").read_text())) if isinstance(node, ast.ImportFrom)
    ]
    names = [name.name for node in imports for name in node.names] + [node.module for node in froms]
    imported = {name.partition(".")[0] for name in names} & packages
    for package in tuple(imported):
        upstream = graph.find_upstream_modules(package, as_package=True)
        imported |= {module.partition(".")[0] for module in upstream}
    assert {"components", "planner"} <= imported
    assert imported <= set(program_parts(ROOT))
