"""Transactions: all or nothing, and what they do not touch is not copied."""

import copy
from collections.abc import Iterator

import boto3
import botocore.exceptions
import pytest
from moto import mock_aws
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item

from rehearsal.aws.transactions import copy_what_is_touched

NAME = "usage"


@pytest.fixture(params=[True, False], ids=["hash and range key", "hash key"])
def table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator["Table"]:
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", DynamoDBBackend.transact_write_items)
    monkeypatch.setattr(models, "copy", copy)
    copy_what_is_touched()
    with mock_aws():
        yield Table(ranged=request.param)


class Table:
    """Items by two letters, the second of them the range key where the table has one."""

    def __init__(self, *, ranged: bool) -> None:
        self.client = boto3.client(
            "dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        keys = [("pk", "HASH"), ("sk", "RANGE")][: 1 + ranged]
        self.client.create_table(
            TableName=NAME,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        )
        self._ranged = ranged

    def key(self, letters: str) -> dict:
        return {"pk": {"S": letters[0]}, "sk": {"S": letters[1]}} if self._ranged else {"pk": {"S": letters}}

    def put(self, letters: str, used: int) -> dict:
        return {"TableName": NAME, "Item": self.key(letters) | {"used": {"N": str(used)}}}

    def add(self, letters: str) -> dict:
        return {
            "TableName": NAME,
            "Key": self.key(letters),
            "UpdateExpression": "ADD used :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }

    def absent(self, letters: str) -> dict:
        return {"TableName": NAME, "Key": self.key(letters), "ConditionExpression": "attribute_not_exists(pk)"}

    def write(self, *operations: dict) -> None:
        self.client.transact_write_items(TransactItems=list(operations))

    def items(self) -> dict[str, int]:
        found = self.client.scan(TableName=NAME)["Items"]
        return {one["pk"]["S"] + one.get("sk", {"S": ""})["S"]: int(one["used"]["N"]) for one in found}


def test_a_transaction_is_written_as_a_whole(table):
    table.client.put_item(**table.put("ab", 1))
    table.client.put_item(**table.put("ac", 5))
    table.write(
        {"Update": table.add("ab")},
        {"Put": table.put("ad", 7)},
        {"Delete": {"TableName": NAME, "Key": table.key("ac")}},
    )
    assert table.items() == {"ab": 2, "ad": 7}


def test_one_operation_that_fails_undoes_the_others(table):
    for letters in ("ab", "ac", "zz"):
        table.client.put_item(**table.put(letters, 1))
    with pytest.raises(botocore.exceptions.ClientError, match="TransactionCanceledException"):
        table.write(
            {"Update": table.add("ab")},
            {"Put": table.put("ac", 9)},
            {"Put": table.put("xy", 3)},
            {"Update": table.add("ad")},
            {"ConditionCheck": table.absent("zz")},
        )
    assert table.items() == {"ab": 1, "ac": 1, "zz": 1}
    table.write({"Update": table.add("ab")})
    assert table.items() == {"ab": 2, "ac": 1, "zz": 1}


def test_items_that_it_does_not_touch_are_not_copied(table, monkeypatch):
    letters = [first + second for first in "abcd" for second in "klmnopqrstuvwxyz"]
    for one in letters:
        table.client.put_item(**table.put(one, 1))
    copied = []
    original = Item.__deepcopy__
    monkeypatch.setattr(Item, "__deepcopy__", lambda item, memo: copied.append(item) or original(item, memo))
    table.write({"Update": table.add("ak")})
    assert 0 < len(copied) < len(letters) / 4
    assert table.items()["ak"] == 2
