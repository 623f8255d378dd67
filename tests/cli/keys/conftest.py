"""A stack with a gateway, its table, and the command on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws
from typer.testing import CliRunner, Result

from cli.main import app
from gateway.store.table import Table
from tests.gateway.support.table import NAME, create_table

Run = Callable[..., Result]


def stack_file(folder: Path, name: str, **settings: Any) -> Path:
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(yaml.safe_dump({"config": {f"llm-platform:{key}": value for key, value in settings.items()}}))
    return path


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-west-2")
        create_table(client)
        yield Table(NAME, client)


@pytest.fixture
def run(table: Table, tmp_path: Path) -> Run:
    """``llm-platform keys`` on the stack dev of us-west-2, with its words and options."""
    path = stack_file(tmp_path, "dev", region="us-west-2", account="123456789012", gateway={"replicas": 2})

    def run(*words: str, stack: Path = path, answer: str = "") -> Result:
        return CliRunner().invoke(app, ["keys", *words, "--stack", str(stack)], input=answer)

    return run
