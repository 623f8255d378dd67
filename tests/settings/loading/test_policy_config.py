"""One choice of the guardrails' settings, and the arguments for the Pulumi CLI."""

from pathlib import Path

import pytest

from settings.loading.policy_config import arguments, main, policy_config
from settings.loading.stack_file import StackFileError

PACK = ["--policy-pack", "policies"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    config = tmp_path / "policies" / "config"
    config.mkdir(parents=True)
    for name in ("dev", "dev-search"):
        (config / f"{name}.json").write_text("{}")
    (tmp_path / "Pulumi.yaml").write_text("name: llm-platform\n")
    for stack, settings in {
        "dev": "{llm-platform:region: us-east-1}",
        "dev-search": "{llm-platform:platform: dev}",
        "dev-ads": "{llm-platform:platform: organization/llm-platform/dev}",
        "other": "{llm-platform:region: us-east-1}",
    }.items():
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"config: {settings}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("stack", "platform", "chosen"),
    [
        ("dev", None, "dev.json"),
        ("dev-search", "dev", "dev-search.json"),
        ("dev-ads", "dev", "dev.json"),
        ("dev-ads", "organization/llm-platform/dev", "dev.json"),
        ("organization/llm-platform/dev", None, "dev.json"),
        ("other", None, None),
        ("dev-ads", "other", None),
    ],
)
def test_a_stack_s_own_file_comes_before_its_platform_s(
    project: Path, stack: str, platform: str | None, chosen: str | None
) -> None:
    found = policy_config(project / "policies", stack, platform)
    assert (found.name if found else None) == chosen


@pytest.mark.parametrize(
    ("stack", "config"),
    [("dev", "dev"), ("dev-search", "dev-search"), ("dev-ads", "dev"), ("me/llm-platform/dev", "dev"), ("other", None)],
)
def test_the_arguments_name_pack_and_settings(project: Path, stack: str, config: str | None) -> None:
    more = ["--policy-pack-config", f"policies/config/{config}.json"] if config else []
    assert arguments(stack, project) == PACK + more


def test_a_stack_without_a_file_is_named_with_those_there_are(project: Path) -> None:
    with pytest.raises(StackFileError, match=r"no stack file Pulumi\.prod\.yaml .* dev, dev-ads, dev-search, other"):
        arguments("prod", project)


def test_bad_use_is_2_and_one_line(project: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.chdir(project)
    assert main(["dev"]) == 0
    assert capsys.readouterr().out == "--policy-pack policies --policy-pack-config policies/config/dev.json\n"
    assert main(["prod"]) == 2
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 2
