"""What the tests of the rehearsal itself share: they start processes (moto, plugins, emulators), if nothing in Go."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.store.table import Table


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.rehearsal)


@pytest.fixture(autouse=True)
def _on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox made by a test does not try whether this machine has namespaces, which takes a process each time."""
    monkeypatch.setenv("REHEARSE_NETWORK", "loopback")


@pytest.fixture
def gateway_table(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Table]":
    """The table of a gateway in this process, which the sandbox's clients reach."""
    # Most tests here need none of these, and they take a second to load.
    import boto3
    from moto import mock_aws

    from gateway.store.table import Table
    from rehearsal.aws.client import AwsClient
    from tests.gateway.support.table import NAME, REGION, create_table

    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
        create_table(client)
        monkeypatch.setattr(AwsClient, "client", lambda *_: client)
        yield Table(NAME, client)
