from collections.abc import Iterator

import pytest
from botocore.session import Session
from moto import mock_aws

from gateway.store.table import Table
from tests.gateway.support.table import NAME, REGION, create_table


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """The gateway's table, empty, as the program makes it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        create_table(Session().create_client("dynamodb", region_name=REGION))
        yield Table.open(NAME, REGION)
