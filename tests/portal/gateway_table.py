"""The gateway of platform dev: its table, emulated by moto, and what the platform exports of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from botocore.session import Session
from moto import mock_aws

from gateway.store.table import Table
from tests.gateway.support.table import NAME, REGION, create_table

EXPORTS = {"gateway_url": "https://llm.example.com/v1", "gateway_table": NAME, "gateway_tls": "true"}
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def serving() -> Iterator[Table]:
    """An empty table, for as long as the block runs."""
    with mock.patch.dict(os.environ, _CREDENTIALS), mock_aws():
        os.environ.pop("AWS_ENDPOINT_URL", None)
        create_table(Session().create_client("dynamodb", region_name=REGION))
        yield Table.open(NAME, REGION)
