"""The gateway's table as the portal calls it: with which rights, for how long, and with whose credentials."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from gateway.store import keys, tenants
from gateway.store.table import Table
from portal.gateways.tables import TableAwayError, Tables
from portal.platforms import Gateway
from settings.models.account import AssumeRole
from tests.portal import gateway_table
from tests.portal.people import Portal

DOCS = Path(__file__).resolve().parents[3] / "docs" / "portal.md"
KEYS = "/gateways/dev/teams/search/keys"
_OPERATIONS = {"get_item": "GetItem", "batch_get_item": "BatchGetItem", "query": "Query", "update_item": "UpdateItem"}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


class Recorder:
    """A client that notes each action, as IAM names it, with the partition it is on."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.actions: set[tuple[str, str]] = set()

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.actions |= set(_actions(operation, arguments))
            return getattr(self._client, operation)(**arguments)

        return call


def _actions(operation: str, arguments: dict[str, Any]) -> list[tuple[str, str]]:
    match operation:
        case "transact_write_items":
            pieces = [next(iter(item.items())) for item in arguments["TransactItems"]]
            return [
                (f"dynamodb:{_WRITES[kind]}", (given.get("Key") or given["Item"])["pk"]["S"]) for kind, given in pieces
            ]
        case "batch_get_item":
            [wanted] = arguments["RequestItems"].values()
            return [("dynamodb:BatchGetItem", key["pk"]["S"]) for key in wanted["Keys"]]
        case "query":
            return [("dynamodb:Query", arguments["ExpressionAttributeValues"][":pk"]["S"])]
    return [(f"dynamodb:{_OPERATIONS[operation]}", arguments["Key"]["pk"]["S"])]


def test_the_documented_statements_are_what_it_needs(portal: Portal, table: Table):
    recorder = Recorder(table._client)
    gateway = portal.deps.platforms.gateway("dev")
    portal.deps.tables._tables[gateway] = Table(table.name, recorder)
    made = portal.rosa.post(KEYS, name="ci").json()
    portal.rosa.post(f"{KEYS}/{made['id']}/rotate")
    portal.rosa.delete(f"{KEYS}/{made['id']}")
    portal.rosa.get(KEYS)
    change = portal.rosa.put("/gateways/dev/teams/search/limits", usd_per_day=5).json()["id"]
    portal.rosa.post(f"/changes/{change}/apply")
    portal.rosa.get("/gateways/dev/teams/search/usage")
    chat = portal.deps.chat_keys.key(gateway, "search")
    place = {"pk": {"S": f"KEY#{keys.digest_of(chat)}"}, "sk": {"S": "KEY"}}
    expired = {":old": {"N": "1000"}}
    table._client.update_item(
        TableName=table.name, Key=place, UpdateExpression="SET expires = :old", ExpressionAttributeValues=expired
    )
    portal.deps.chat_keys.forget(gateway, "search")
    portal.deps.chat_keys.key(gateway, "search")

    read, write = [one for one in _documented() if one["Sid"] in {"GatewayRead", "GatewayWrite"}]
    partitions = write["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert {action for action, _ in recorder.actions} == {*read["Action"], *write["Action"]}
    written = {partition for action, partition in recorder.actions if action in write["Action"]}
    assert [one for one in written if not any(fnmatch.fnmatchcase(one, pattern) for pattern in partitions)] == []


def _documented() -> list[dict[str, Any]]:
    blocks = re.findall(r"```json\n(\[.*?\n\])\n```", DOCS.read_text(), re.DOTALL)
    found: list[dict[str, Any]] = [one for block in blocks for one in json.loads(block)]
    return [one for one in found if one["Sid"].startswith("Gateway")]


GATEWAY = Gateway(platform="dev", url="http://x/v1", table=gateway_table.NAME, region=gateway_table.REGION)
NOWHERE = {
    "AWS_ACCESS_KEY_ID": "AKIAVERYSECRET",
    "AWS_SECRET_ACCESS_KEY": "very-secret",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


def test_a_table_that_cannot_be_reached_is_a_line_and_is_not_waited_for_again(caplog: pytest.LogCaptureFixture):
    tables = Tables(NOWHERE)
    with pytest.raises(TableAwayError, match=r"table llm-dev-gateway of dev .* \(get_item: EndpointConnectionError\)"):
        tables.call(GATEWAY, lambda table: tenants.find(table, "search"))
    with pytest.raises(TableAwayError):
        tables.call(GATEWAY, lambda _: pytest.fail("it was called again"))
    assert "SECRET" not in caplog.text.upper()


def test_it_is_called_with_the_role_of_the_platform(monkeypatch: pytest.MonkeyPatch):
    role = AssumeRole(role_arn="arn:aws:iam::123456789012:role/deployer", external_id="portal-1")
    gateway = Gateway(platform="dev", url="", table=gateway_table.NAME, region=gateway_table.REGION, role=role)
    with gateway_table.serving() as table:
        tenants.save(table, "search", {"team": "search"}, version=0)
        seen: list[str] = []

        def work(found: Table) -> int:
            credentials = found._client._request_signer._credentials.get_frozen_credentials()
            seen.append(credentials.access_key)
            return tenants.find(found, "search").version

        assert Tables({}).call(gateway, work) == 1
        assert seen[0] != Session().get_credentials().access_key
