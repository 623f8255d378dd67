import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.console import UsageError
from cli.main import app
from tests.settings.bad_settings import PLATFORM

MIRRORS: dict[str, Any] = {
    "charts": {"mirror": "oci://registry.example.com/charts"},
    "images": {"mirror": "registry.example.com/mirror"},
}


def run(folder: Path, *options: str, **changes: Any) -> Result:
    """The command on a stack file with these settings."""
    config = {f"llm-platform:{key}": value for key, value in (PLATFORM | changes).items()}
    path = folder / "Pulumi.dev.yaml"
    path.write_text(yaml.safe_dump({"config": config}))
    return CliRunner().invoke(app, ["mirror", "--stack", str(path), *options])


def test_it_lists_sources_and_places(tmp_path: Path) -> None:
    result = run(tmp_path, **MIRRORS)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "chart  aws-load-balancer-controller 1.14.0 of https://aws.github.io/eks-charts  "
        "(release aws-load-balancer-controller)"
    )
    assert lines[1] == "    -> oci://registry.example.com/charts/aws-load-balancer-controller"
    assert "    -> registry.example.com/mirror/vllm/vllm-openai:v0.32.0" in lines
    assert result.stderr == ""


def test_without_a_mirror_it_lists_sources_only(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "docker.io/vllm/vllm-openai:v0.32.0" in result.stdout
    assert "->" not in result.stdout


def test_commands(tmp_path: Path) -> None:
    result = run(tmp_path, "--commands", "--tool", "skopeo", **MIRRORS)
    assert result.exit_code == 0
    verbs = {" ".join(line.split()[:2]) for line in result.stdout.splitlines()}
    assert {"helm pull", "helm push", "skopeo copy"} <= verbs


def test_commands_need_a_mirror(tmp_path: Path) -> None:
    result = run(tmp_path, "--commands")
    assert isinstance(result.exception, UsageError)
    assert "has neither charts.mirror nor images.mirror" in str(result.exception)


def test_json(tmp_path: Path) -> None:
    document = json.loads(run(tmp_path, "--json", **MIRRORS).stdout)
    assert document["images_mirror"] == "registry.example.com/mirror"
    kinds = [one["kind"] for one in document["artifacts"]]
    assert kinds == sorted(kinds)
    assert {"chart", "image"} == set(kinds)


def test_what_is_not_in_the_mirror_is_reported(tmp_path: Path) -> None:
    services = {"small": {**PLATFORM["services"]["small"], "image": "example/vllm:v0.31.0"}}
    result = run(tmp_path, services=services, **MIRRORS)
    assert result.exit_code == 0
    assert "services.small.image: example/vllm:v0.31.0 is not in images.mirror" in result.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": {"mirror": "https://x.example"}}, "images.mirror"),
        ({"pools": "none"}, "pools: write a map"),
    ],
)
def test_settings_with_issues_are_a_usage_error(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    result = run(tmp_path, **changes)
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_two_forms_at_once_are_a_usage_error(tmp_path: Path) -> None:
    assert "give one of them" in str(run(tmp_path, "--json", "--commands", **MIRRORS).exception)
