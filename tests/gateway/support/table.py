"""The gateway's table on a moto server of its own, a process that tests can stop for a while."""

import signal
import time
from pathlib import Path
from typing import Any, Self

import boto3

from gateway.store import keys, tenants, usage
from gateway.store.table import Table
from tests.gateway.support.processes import Process, free_ports, listening, until

NAME, REGION = "llm-dev-gateway", "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


def create_table(client: Any, name: str = NAME) -> None:
    """Create the table, as the program does, by a client for DynamoDB."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


class TableServer:
    """Attributes that tests use: `table`, and `environment` for the policy's processes."""

    def __init__(self, root: Path) -> None:
        self._port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self._port}"
        self.process = Process.of_module("tests.gateway.support.moto_server", str(self._port), log=root / "moto.log")
        self.environment = {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    def __enter__(self) -> Self:
        self.process.start()
        until("moto listens", lambda: listening(self._port), (self.process,))
        self._client = boto3.client(
            "dynamodb", region_name=REGION, endpoint_url=self.url, aws_access_key_id="t", aws_secret_access_key="t"
        )
        create_table(self._client)
        self.table = Table(NAME, self._client)
        return self

    def __exit__(self, *_: object) -> None:
        # Else the garbage collector finds its sockets in another test, and warns there.
        self._client.close()
        self.process.kill()

    def away(self) -> None:
        """Answer no call until `back`."""
        self.process.send(signal.SIGSTOP)

    def back(self) -> None:
        self.process.send(signal.SIGCONT)

    def key(self, tenant: str = "acme", **limits: object) -> str:
        """A key of a tenant, which is made with these limits if it is not there yet."""
        if tenants.find(self.table, tenant) is None:
            tenants.save(self.table, tenant, limits, version=0)
        return keys.create(self.table, tenant, "test", team="blue", created_by="test", now=int(time.time()))[0]

    def used(self, tenant: str = "acme") -> usage.Usage:
        """All that a tenant used."""
        return usage.total(list(usage.read(self.table, tenant, "2000", "2999")))
