"""Where a role asks for an external ID, the kubeconfig takes that role itself and makes the token with it."""

import json
import subprocess
from pathlib import Path

import pulumi
import pytest

from components.cluster.token import exec_with_external_id, with_external_id
from settings.models.account import AssumeRole

ARN = "arn:aws:iam::210987654321:role/deploy"
# As pulumi-eks makes it: nodejs/eks/cluster/cluster.ts, generateKubeconfig.
ARGS = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "llm-dev", "--output", "json", "--role", ARN]
KUBECONFIG = json.dumps(
    {
        "apiVersion": "v1",
        "clusters": [{"name": "kubernetes", "cluster": {"server": "https://x"}}],
        "users": [{"name": "aws", "user": {"exec": {"apiVersion": "v1", "command": "aws", "args": ARGS, "env": [1]}}}],
    }
)
AWS = """#!/bin/sh
echo "$AWS_ACCESS_KEY_ID/$AWS_SECRET_ACCESS_KEY/$AWS_SESSION_TOKEN/$AWS_PROFILE $*" >> "$CALLS"
case "$*" in *assume-role*) [ "$REFUSED" ] && exit 254; printf 'KEY\\tSE/CRET+\\tTOKEN==\\n';; *) echo '{"kind": "ExecCredential"}';; esac
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ``aws`` on the path that writes down how it was called."""
    command = tmp_path / "bin" / "aws"
    command.parent.mkdir()
    command.write_text(AWS)
    command.chmod(0o755)
    log = tmp_path / "calls"
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(log))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return log


def run(role: AssumeRole) -> subprocess.CompletedProcess[str]:
    """The kubeconfig's command, run as kubectl runs it."""
    config = json.loads(exec_with_external_id(KUBECONFIG, role))
    command = config["users"][0]["user"]["exec"]
    assert command["env"] == [1]
    assert config["clusters"] == json.loads(KUBECONFIG)["clusters"]
    return subprocess.run([command["command"], *command["args"]], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("session", "name"), [(None, "EKSGetTokenAuth"), ("ci@main", "ci@main")])
def test_the_role_is_taken_with_its_external_id_and_then_makes_the_token(
    calls: Path, session: str | None, name: str
) -> None:
    done = run(AssumeRole(role_arn=ARN, external_id="ext=1,a/b", session_name=session))
    assert (done.returncode, done.stdout) == (0, '{"kind": "ExecCredential"}\n')
    first, second = calls.read_text().splitlines()
    assert first.startswith(
        f"///mine --region eu-west-1 sts assume-role --role-arn {ARN} --external-id ext=1,a/b --role-session-name {name} "
    )
    assert second == "KEY/SE/CRET+/TOKEN==/ --region eu-west-1 eks get-token --cluster-name llm-dev --output json"


def test_a_role_that_is_refused_makes_no_token(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUSED", "1")
    done = run(AssumeRole(role_arn=ARN, external_id="wrong"))
    assert done.returncode == 254
    assert done.stdout == ""
    assert len(calls.read_text().splitlines()) == 1


@pytest.mark.parametrize("role", [None, AssumeRole(role_arn=ARN)])
def test_without_an_external_id_the_kubeconfig_stays(role: AssumeRole | None) -> None:
    given = pulumi.Output.from_input(KUBECONFIG)
    assert with_external_id(given, role) is given


def test_a_user_with_a_certificate_keeps_it() -> None:
    config = json.dumps({"users": [{"name": "aws", "user": {"client-key-data": "x"}}]})
    assert json.loads(exec_with_external_id(config, AssumeRole(role_arn=ARN, external_id="id"))) == json.loads(config)
