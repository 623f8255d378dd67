"""Commands in messages of the program: whoever follows one deploys under the guardrails, as with the documentation's."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_documentation import DEPLOYS, GUARDED, ROOT

# The rehearsal is left out: it repeats messages of Pulumi's providers.
FOLDERS = ("cli", "components", "planner", "policies", "portal", "preflight", "settings", "tools")
FILES = [ROOT / "__main__.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]
_BUILT = "{guards}"
"""Where a message has the arguments that `settings.loading.policy_config` gives."""


def texts(source: str, *, helps: bool) -> Iterator[str]:
    """Every text of a module but its documentation; with the documentation of functions where a command shows it as help."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef) if helps else (ast.Module, ast.ClassDef, ast.FunctionDef)
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            # Of modules and classes, also the text after an assignment documents it.
            skip = node.body if isinstance(node, ast.Module | ast.ClassDef) else node.body[:1]
            if isinstance(node, documented):
                skipped |= {one.value for one in skip if isinstance(one, ast.Expr)}
        if isinstance(node, ast.JoinedStr):
            skipped |= set(node.values)
            yield "".join(_part(one) for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.value


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value)}}}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def unguarded(source: str, *, helps: bool = False) -> list[str]:
    """Commands in a module's messages that preview or deploy without the policy pack."""
    found = (command for text in texts(source, helps=helps) for command in DEPLOYS.findall(text))
    return [command for command in found if not GUARDED.search(command) and _BUILT not in command]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_message_names_a_deployment_without_the_guardrails(path: Path) -> None:
    helps = path.is_relative_to(ROOT / "cli")
    assert unguarded(path.read_text(), helps=helps) == [], "write `make preview STACK=NAME` or `make up STACK=NAME`"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 'run `pulumi up` again'", ["pulumi up"]),
        ("x = f'run `pulumi up -s {stack}`'", ["pulumi up -s {stack}"]),
        ("x = ('then `pulumi '\n 'preview`')", ["pulumi preview"]),
        ("x = f'`pulumi up -s {stack} {guards} --replace {urn}`'", []),
        ("x = 'make up STACK=dev, pulumi refresh'", []),
        ('"""What `pulumi up` does."""\ndef f():\n    """Before `pulumi up`."""', []),
    ],
)
def test_the_check_finds_what_it_is_for(source: str, found: list[str]) -> None:
    assert unguarded(source) == found


def test_help_of_a_command_is_a_message() -> None:
    assert unguarded('def f():\n    """Before `pulumi up`."""', helps=True) == ["pulumi up"]
