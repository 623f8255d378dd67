"""``llm-platform operator-policy``, run as people run it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.console import UsageError
from cli.main import app
from cli.operator_policy.documents import MANAGED_LIMIT
from tests.harness import ROOT

OWN = "210987654321"


def stack(folder: Path, name: str, **changes: Any) -> None:
    """A committed stack's file with other settings, in a folder of its own."""
    content = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())
    content["config"] |= {f"llm-platform:{key}": value for key, value in changes.items()}
    (folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(content))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a platform stack and a team stack of one account."""
    (tmp_path / "Pulumi.yaml").write_text("name: llm-platform\n")
    stack(tmp_path, "dev", account=OWN, region="eu-west-1")
    stack(tmp_path, "team-example")
    return tmp_path


def run(project: Path, *arguments: str) -> Result:
    """The command; its usage errors are raised."""
    done = CliRunner().invoke(app, ["operator-policy", "--project", str(project), *arguments])
    if isinstance(done.exception, UsageError):
        raise done.exception
    return done


def test_the_policy_names_account_region_and_services(project: Path) -> None:
    done = run(project, "--stack", "dev", "--stack", "team-example")
    text = json.dumps(json.loads(done.stdout))
    assert done.exit_code == 0
    for piece in (f"arn:aws:eks:eu-west-1:{OWN}:cluster/llm-*", f"{OWN}:role/llama-3-8b-*", f"{OWN}:role/qwen-3-4b-*"):
        assert piece in text
    for placeholder in ("ACCOUNT", "REGION", "SERVICE", "STATE-"):
        assert placeholder not in text


def test_a_team_stack_takes_account_and_region_from_its_platform(project: Path) -> None:
    text = run(project, "--stack", "team-example").stdout
    assert f"arn:aws:kms:eu-west-1:{OWN}:key/*" in text
    assert "llama-3-8b" not in text


def test_govcloud_has_arns_of_its_own_partition(project: Path) -> None:
    stack(project, "dev", account=OWN, region="us-gov-west-1")
    text = run(project, "--stack", "dev", "--state-bucket", "state", "--state-key", "k").stdout
    assert "arn:aws:" not in text
    assert "arn:aws-us-gov:s3:::state/*" in text


def test_files_have_a_managed_policy_s_size_and_the_commands_attach_each(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = run(project, "--stack", "dev", "--out", str(out), "--state-bucket", "state", "--state-key", "1234")
    files = sorted(out.iterdir())
    assert len(files) == 3
    for number, path in enumerate(files, start=1):
        assert path.name == f"operator-policy-{number}.json"
        assert len("".join(json.dumps(json.loads(path.read_text())).split())) <= MANAGED_LIMIT
        assert f"file://{path}" in done.stdout
        assert f"--policy-arn arn:aws:iam::{OWN}:policy/llm-platform-operator-{number}" in done.stdout
    assert f"arn:aws:kms:eu-west-1:{OWN}:key/1234" in "".join(path.read_text() for path in files)


def test_a_boundary_of_the_settings_stands_in_the_policy(project: Path) -> None:
    arn = f"arn:aws:iam::{OWN}:policy/bound"
    stack(project, "dev", account=OWN, region="eu-west-1", permissions_boundary=arn)
    found = json.loads(run(project, "--stack", "dev").stdout)["Statement"]
    (make,) = [one for one in found if one["Sid"] == "MakeRoles"]
    assert make["Condition"]["StringEquals"]["iam:PermissionsBoundary"] == arn
    with pytest.raises(UsageError, match="permissions_boundary differs"):
        run(project, "--stack", "dev", "--stack", "team-example")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stack", "none"], "there is no stack file Pulumi.none.yaml"),
        (["--stack", "dev", "--state-bucket", "x"], "--state-bucket and --state-key belong together"),
    ],
)
def test_bad_use_is_one_line(project: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        run(project, *arguments)


def test_without_an_account_of_ones_own_there_is_no_policy(project: Path) -> None:
    stack(project, "dev")
    with pytest.raises(UsageError, match="is the example account"):
        run(project, "--stack", "dev")
    assert f"{OWN}:cluster" in run(project, "--stack", "dev", "--account", OWN).stdout
    stack(project, "prod", account="999988887777")
    with pytest.raises(UsageError, match="account differs: 123456789012, 999988887777"):
        run(project, "--stack", "dev", "--stack", "prod")


@pytest.mark.parametrize("given", ["12", "ABC", "2109876543210", "21098765432a"])
def test_an_account_that_is_none_is_refused(project: Path, given: str) -> None:
    with pytest.raises(UsageError, match=f"--account: '{given}' is not an AWS account: write its 12 digits"):
        run(project, "--stack", "dev", "--account", given)


def test_an_account_that_yaml_read_as_an_octal_number_is_refused(project: Path) -> None:
    path = project / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace(f"'{OWN}'", "012345670123"))
    with pytest.raises(UsageError, match=r"account: '1402433619' is not an AWS account: .* in quotes"):
        run(project, "--stack", "dev")


@pytest.mark.parametrize(
    ("key", "value"),
    [("region", "Frankfurt"), ("permissions_boundary", "junk"), ("services", {"*": {}})],
)
def test_what_arns_are_built_of_is_held_to_the_settings(project: Path, key: str, value: object) -> None:
    stack(project, "dev", **{"account": OWN, "region": "eu-west-1", key: value})
    with pytest.raises(UsageError, match=f"^{key}: .* is not "):
        run(project, "--stack", "dev")


@pytest.mark.parametrize(("own", "pattern"), [({}, "llm-*"), ({"prefix": "ml"}, "ml")])
def test_a_stack_with_caches_of_images_needs_their_statements(project: Path, own: dict[str, str], pattern: str) -> None:
    stack(project, "dev", account=OWN, region="eu-west-1")
    assert "ecr:" not in run(project, "--stack", "dev").stdout
    stack(project, "dev", account=OWN, region="eu-west-1", images={"pull_through": {"quay": True, **own}})
    text = json.dumps(json.loads(run(project, "--stack", "dev").stdout))
    assert "ecr:CreatePullThroughCacheRule" in text
    assert f"arn:aws:ecr:eu-west-1:{OWN}:repository/{pattern}/*" in text


def test_a_stack_with_a_gateway_needs_its_statements_and_its_zone_alone(project: Path) -> None:
    domain = {"domain": "llm.example.com", "zone_id": "Z0123456789"}
    stack(project, "dev", account=OWN, region="eu-west-1", gateway=domain)
    done = run(project, "--stack", "dev")
    text = json.dumps(json.loads(done.stdout))
    assert f"arn:aws:dynamodb:eu-west-1:{OWN}:table/llm-*" in text
    assert "hostedzone/Z0123456789" in text
    assert "ZONE" not in text
    assert "--out FOLDER" in done.stderr
    stack(project, "dev", account=OWN, region="eu-west-1", gateway={"domain": "llm.example.com", "zone_id": "*"})
    with pytest.raises(UsageError, match=r"gateway\.zone_id"):
        run(project, "--stack", "dev")
    stack(project, "dev", account=OWN, region="eu-west-1", gateway={})
    assert "table/llm-*" in run(project, "--stack", "dev").stdout
    stack(project, "dev", account=OWN, region="eu-west-1", gateway=False)
    assert "dynamodb" not in run(project, "--stack", "dev").stdout
