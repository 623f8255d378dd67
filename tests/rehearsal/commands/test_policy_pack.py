"""Which pack and which file of levels an operation gets, and what is refused before anything starts."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from cli.console import UsageError
from rehearsal.commands import policy_pack
from rehearsal.sandboxes import CHECKOUT

PYTHON = {"name": "python", "options": {"virtualenv": "../.venv"}}


@pytest.fixture
def pack(checkout: Path) -> Path:
    """A pack with its environment, levels for dev, and a file for a platform's team."""
    folder = checkout / "policies"
    (folder / "config").mkdir(parents=True)
    (folder / "PulumiPolicy.yaml").write_text(yaml.safe_dump({"runtime": PYTHON}))
    (folder / "config" / "dev.json").write_text("{}")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").touch()
    (checkout / "Pulumi.team.yaml").write_text(yaml.safe_dump({"config": {"platform:platform": "dev"}}))
    return folder


def given(pack: Path, stack: str, config: Path | None = None) -> list[str]:
    return policy_pack.arguments(
        stack, pack.parent / f"Pulumi.{'team' if stack == 'team' else 'dev'}.yaml", None, config
    )


def levels(arguments: list[str]) -> str:
    return Path(arguments[arguments.index("--policy-pack-config") + 1]).name


def test_a_stack_is_judged_with_its_own_levels(pack):
    assert given(pack, "dev") == ["--policy-pack", str(pack), "--policy-pack-config", str(pack / "config" / "dev.json")]


def test_a_team_stack_takes_those_of_its_platform_unless_it_has_its_own(pack):
    assert levels(given(pack, "team")) == "dev.json"
    (pack / "config" / "team.json").write_text("{}")
    assert levels(given(pack, "team")) == "team.json"


@pytest.mark.parametrize("name", ["dev", "organization/llm-platform/dev"])
def test_a_platform_may_be_named_in_full(pack, name):
    (pack.parent / "Pulumi.team.yaml").write_text(yaml.safe_dump({"config": {"platform:platform": name}}))
    assert levels(given(pack, "team")) == "dev.json"


def test_without_a_file_the_rules_have_their_own_levels(pack):
    assert given(pack, "staging") == ["--policy-pack", str(pack)]


def test_a_file_may_be_given(pack, tmp_path):
    (tmp_path / "mine.json").write_text("{}")
    shutil.copytree(CHECKOUT / "policies" / "guardrails", pack / "guardrails")
    assert levels(given(pack, "dev", tmp_path / "mine.json")) == "mine.json"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (json.dumps({"iam-star-actoin": "disabled"}), "unknown rule 'iam-star-actoin'"),
        (json.dumps({"gpu-budget": {"gpu": 1}}), "unknown setting 'gpu'"),
        ("[]", "is not an object"),
        ("{", "not JSON"),
        (None, "no such file"),
    ],
)
def test_a_file_with_a_mistake_is_refused(pack, tmp_path, text, complaint):
    shutil.copytree(CHECKOUT / "policies" / "guardrails", pack / "guardrails")
    if text is not None:
        (tmp_path / "mine.json").write_text(text)
    with pytest.raises(UsageError, match=complaint):
        given(pack, "dev", tmp_path / "mine.json")


def test_a_pack_without_its_environment_is_refused_before_an_engine_waits_for_it(pack):
    shutil.rmtree(pack.parent / ".venv")
    with pytest.raises(UsageError, match=r"virtual environment .*\.venv.* does not exist"):
        given(pack, "dev")


def test_levels_without_a_pack_are_bad_use(checkout, tmp_path):
    (tmp_path / "mine.json").write_text("{}")
    source = checkout / "Pulumi.dev.yaml"
    assert policy_pack.arguments("dev", source, None, None) == []
    with pytest.raises(UsageError, match="no policy pack here"):
        policy_pack.arguments("dev", source, None, tmp_path / "mine.json")
