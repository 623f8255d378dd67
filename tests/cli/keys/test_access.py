from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.console import UsageError
from tests.cli.keys.conftest import stack_file

Run = Callable[..., Result]
DEV: dict[str, Any] = {"region": "us-west-2", "gateway": {"replicas": 2}}


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("dev", {"region": "us-west-2"}, "stack dev has no gateway: set llm-platform:gateway and deploy it"),
        ("team", {"region": "us-west-2", "platform": "dev"}, "team is a team stack, and the gateway is its platform's: use --stack dev"),
        ("dev", {**DEV, "account": "111111111111"}, "the credentials are of account 123456789012, and the stack is in 111111111111"),
        ("prod", DEV, "ResourceNotFoundException: Requested resource not found; deploy stack prod first"),
        ("dev", {"gateway": {"replicas": 2}}, "names no region"),
    ],
)  # fmt: skip
def test_stacks_without_a_table(run: Run, tmp_path: Path, name: str, settings: dict[str, Any], message: str) -> None:
    result = run("list", "acme", stack=stack_file(tmp_path, name, **settings))
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert "--region" not in str(result.exception)


def test_a_stack_that_is_unknown(run: Run) -> None:
    assert "there is no stack file" in str(run("list", "acme", stack=Path("nowhere")).exception)


def test_aws_that_does_not_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    result = run("list", "acme")
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith("AWS does not answer: ")
    assert "\n" not in str(result.exception)


def test_the_roles_credentials_are_used(run: Run, tmp_path: Path) -> None:
    role = {"role_arn": "arn:aws:iam::123456789012:role/deploy", "session_name": "keys"}
    path = stack_file(tmp_path, "dev", **DEV, assume_role=role)
    assert run("tenants", "set", "acme", stack=path).exit_code == 0
    assert run("create", "acme", "laptop", stack=path).exit_code == 0
    assert "assumed-role/deploy/keys" in run("list", "acme", "--json", stack=path).stdout
