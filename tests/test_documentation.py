"""Commands in the documentation: whoever follows it deploys under the guardrails."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
DEPLOYS = re.compile(r"\bpulumi(?:\s+-\S+(?:\s+[^-\s]\S*?)??)*\s+(?:up|update|preview|pre)\b[^`\n]*")
GUARDED = re.compile(r"--policy-pack policies --policy-pack-config policies/config/\w+\.json")


def unguarded(text: str) -> list[str]:
    """Commands that preview or deploy without the policy pack; a command may go on after a backslash."""
    return [command for command in DEPLOYS.findall(re.sub(r"\\\n\s*", "", text)) if not GUARDED.search(command)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_documented_preview_and_up_goes_through_the_guardrails(page: Path) -> None:
    assert unguarded(page.read_text()) == [], "write `make preview STACK=NAME` or `make up STACK=NAME`"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("run `pulumi up -s dev`", ["pulumi up -s dev"]),
        ("pulumi preview", ["pulumi preview"]),
        ("pulumi -s dev up --yes", ["pulumi -s dev up --yes"]),
        ("pulumi up --policy-pack policies", ["pulumi up --policy-pack policies"]),
        ("pulumi up --policy-pack policies --policy-pack-config policies/config/dev.json", []),
        ("pulumi up -s dev \\\n  --policy-pack policies --policy-pack-config policies/config/dev.json", []),
        ("pulumi destroy -s dev, pulumi stack output", []),
    ],
)
def test_the_check_finds_what_it_is_for(text: str, found: list[str]) -> None:
    assert unguarded(text) == found


@pytest.fixture
def pulumi(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """An environment whose `pulumi` only writes down what it was asked, and where."""
    called = tmp_path / "called"
    program = tmp_path / "pulumi"
    program.write_text(f'#!/bin/sh\necho "$*" >> {called}\n')
    program.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}, called


def make(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    # The environment is there already: -o leaves its target alone.
    command = ["make", "-s", "-o", "deploy-setup", *arguments]
    clean = {name: value for name, value in environment.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "STACK"}}
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("operation", "stack", "config"),
    [("up", "dev", "dev"), ("preview", "prod", "prod"), ("up", "team-example", "dev")],
)
def test_the_targets_run_pulumi_under_the_guardrails(pulumi, operation: str, stack: str, config: str) -> None:
    environment, called = pulumi
    result = make(environment, operation, f"STACK={stack}", "ARGS=--yes --refresh")
    assert result.returncode == 0, result.stderr
    assert called.read_text() == (
        f"{operation} --stack {stack} --policy-pack policies --policy-pack-config policies/config/{config}.json "
        "--yes --refresh\n"
    )


@pytest.mark.thorough
def test_a_stack_that_is_not_there_deploys_nothing(pulumi) -> None:
    environment, called = pulumi
    result = make(environment, "up", "STACK=nowhere")
    assert result.returncode == 2
    assert "there is no stack file Pulumi.nowhere.yaml" in result.stderr
    assert not called.exists()
