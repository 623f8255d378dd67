"""The gateway's DynamoDB table: typed calls over botocore, each failure one line.

Every item has a partition key ``pk`` and a sort key ``sk``, both strings; DynamoDB removes an item some time after the
epoch second in its attribute ``ttl``. Calls block: an event loop makes them in threads, which a botocore client allows.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Self

from botocore import exceptions as failures
from botocore.config import Config
from botocore.session import Session

from gateway.store.values import Item, Value, item_from_api, item_to_api

MOST_OF_A_BATCH = 100
"""Items of one BatchGetItem or TransactWriteItems
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html)."""
CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS = 2
CONNECTIONS = 32
RETRIES = 5
"""How often is tried what DynamoDB refuses at once: a write that met another transaction on its item, a part of a batch."""
LONGEST_WAIT = 0.1
"""Seconds between two of these attempts, at random up to this."""

Place = tuple[str, str]
"""Partition key and sort key of an item."""


class TableError(Exception):
    """The table did not answer, or refused; the message has the table, the operation and the reason."""


class ConditionError(Exception):
    """A write's condition does not hold, so nothing was written."""

    def __init__(self, place: Place) -> None:
        """Name the item whose condition failed."""
        super().__init__(f"the condition on {place[0]} {place[1]} does not hold")
        self.place = place


@dataclass(frozen=True, kw_only=True)
class Write:
    """One write: a whole item, a change of attributes, a deletion, or only a condition."""

    place: Place
    item: Mapping[str, Value] | None = None
    """Attributes of a whole item, which replaces the old one."""
    update: str = ""
    """UpdateExpression."""
    delete: bool = False
    condition: str = ""
    """ConditionExpression; a write with nothing else only checks it."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """Values of the expressions, by name without the colon."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Attributes whose names are reserved words, by name without the ``#``."""


class Table:
    """One table.

    Attributes:
        name: Its name.
        ahead: How many seconds DynamoDB's clock is ahead of this machine's, as far as the answers to updates have shown: 0 while they
            agree with this machine's clock.
    """

    def __init__(self, name: str, client: Any, clock: Callable[[], float] = time.time) -> None:
        """Use ``client``, a DynamoDB client of botocore or boto3."""
        self.name = name
        self.ahead = 0.0
        self._client, self._clock = client, clock

    @classmethod
    def open(cls, name: str, region: str, *, endpoint: str | None = None) -> Self:
        """The table of that name, with the credentials that botocore finds.

        A call takes 6 s at most: two attempts of one second to connect and two to answer.

        Args:
            name: Its name.
            region: Its AWS region.
            endpoint: Address of the API in place of the region's, as ``AWS_ENDPOINT_URL``.

        Raises:
            TableError: the region is not known to botocore.
        """
        times: Any = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
        retries: Any = {"total_max_attempts": ATTEMPTS, "mode": "standard"}
        config = Config(retries=retries, max_pool_connections=CONNECTIONS, **times)
        try:
            client = Session().create_client("dynamodb", region_name=region, endpoint_url=endpoint, config=config)
        except (failures.BotoCoreError, ValueError) as error:
            raise TableError(f"table {name}: no client for region {region!r}: {type(error).__name__}") from None
        return cls(name, client)

    def get(self, place: Place) -> Item | None:
        """The item as the last write left it; None where there is none.

        Raises:
            TableError: the table did not answer.
        """
        answer = self._call("get_item", TableName=self.name, Key=_key(place), ConsistentRead=True)
        return item_from_api(answer["Item"]) if "Item" in answer else None

    def get_many(self, places: Sequence[Place]) -> dict[Place, Item]:
        """Those of the items that exist, as the last writes left them.

        Raises:
            TableError: the table did not answer.
        """
        found: dict[Place, Item] = {}
        for start in range(0, len(places), MOST_OF_A_BATCH):
            found |= self._get_batch([_key(place) for place in places[start : start + MOST_OF_A_BATCH]])
        return found

    def _get_batch(self, keys: list[dict[str, Any]]) -> dict[Place, Item]:
        found: dict[Place, Item] = {}
        for attempt in range(1, RETRIES + 1):
            wanted = {self.name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call("batch_get_item", RequestItems=wanted)
            items = [item_from_api(each) for each in answer["Responses"].get(self.name, ())]
            found |= {(str(item["pk"]), str(item["sk"])): item for item in items}
            keys = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if not keys:
                return found
            time.sleep(attempt * random.uniform(0, LONGEST_WAIT))  # noqa: S311  guards nothing
        raise TableError(f"table {self.name}: batch_get_item: {len(keys)} items were not read: throttled")

    def query(self, partition: str, *, first: str = "", last: str = "") -> Iterator[Item]:
        """The items of a partition in the order of their sort keys.

        Args:
            partition: Partition key.
            first: With ``last``: lowest sort key. Alone: what the sort key begins with.
            last: Highest sort key.

        Raises:
            TableError: the table did not answer.
        """
        condition, values = "pk = :pk", {"pk": partition}
        if last:
            condition, values = f"{condition} AND sk BETWEEN :first AND :last", values | {"first": first, "last": last}
        elif first:
            condition, values = f"{condition} AND begins_with(sk, :first)", values | {"first": first}
        page: dict[str, Any] = {}
        while True:
            answer = self._call(
                "query",
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=_values(values),
                ConsistentRead=True,
                **page,
            )
            yield from (item_from_api(each) for each in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def update(self, write: Write) -> Item:
        """Change attributes of one item; return the whole item.

        Raises:
            ConditionError: its condition does not hold.
            TableError: the table did not answer; the change may have been made.
        """
        sent = self._clock()
        answer = self._call(
            "update_item",
            places=(write.place,),
            Key=_key(write.place),
            UpdateExpression=write.update,
            ReturnValues="ALL_NEW",
            **_expressions(self.name, write),
        )
        self._compare(answer, sent, self._clock())
        return item_from_api(answer.get("Attributes", {}))

    def transact(self, writes: Sequence[Write]) -> None:
        """Make all writes, or none of them.

        Raises:
            ConditionError: a condition does not hold.
            TableError: the table did not answer; the writes may have been made, all of them.
        """
        self._call(
            "transact_write_items",
            places=tuple(write.place for write in writes),
            TransactItems=[_transact_item(self.name, write) for write in writes],
        )

    def _compare(self, answer: Mapping[str, Any], sent: float, received: float) -> None:
        """Compare the clocks by the header `Date` of an answer, a whole second between ``sent`` and ``received``."""
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        try:
            second = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        self.ahead = min(max(self.ahead, second - received), second + 1 - sent)

    def _call(self, operation: str, *, places: Sequence[Place] = (), **arguments: Any) -> dict[str, Any]:
        for attempt in range(1, RETRIES + 1):
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(**arguments)
            except failures.ClientError as error:
                code, reasons = _reasons(error)
                if "ConditionalCheckFailed" in reasons:
                    raise ConditionError(places[reasons.index("ConditionalCheckFailed")]) from None
                if "TransactionConflict" not in reasons or attempt == RETRIES:
                    why = next((each for each in reasons if each != "None"), code)
                    raise TableError(f"table {self.name}: {operation}: {why}: {_message(error)}") from None
            except failures.BotoCoreError as error:
                # Its text may hold a header with credentials.
                raise TableError(f"table {self.name}: {operation}: {type(error).__name__}") from None
            else:
                return answer
            time.sleep(random.uniform(0, LONGEST_WAIT))  # noqa: S311  guards nothing
        raise AssertionError("the last attempt returns or raises")


def _reasons(error: failures.ClientError) -> tuple[str, list[str]]:
    """The code of a refusal, and for each item of the write why it was refused."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in {"ConditionalCheckFailedException", "TransactionConflictException"}:
        return code, [code.removesuffix("Exception")]
    return code, [str(each.get("Code")) for each in error.response.get("CancellationReasons", ())]


def _message(error: failures.ClientError) -> str:
    return " ".join(str(error.response.get("Error", {}).get("Message", "")).split())[:200]


def _key(place: Place) -> dict[str, Any]:
    return item_to_api({"pk": place[0], "sk": place[1]})


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {f":{name}": value for name, value in item_to_api(values).items()}


def _expressions(table: str, write: Write) -> dict[str, Any]:
    given = {
        "ConditionExpression": write.condition,
        "ExpressionAttributeValues": _values(write.values),
        "ExpressionAttributeNames": {f"#{name}": attribute for name, attribute in write.names.items()},
    }
    return {"TableName": table} | {name: value for name, value in given.items() if value}


def _transact_item(table: str, write: Write) -> dict[str, Any]:
    rest, key = _expressions(table, write), _key(write.place)
    if write.item is not None:
        return {"Put": {"Item": item_to_api(write.item) | key, **rest}}
    if write.delete:
        return {"Delete": {"Key": key, **rest}}
    if write.update:
        return {"Update": {"Key": key, "UpdateExpression": write.update, **rest}}
    return {"ConditionCheck": {"Key": key, **rest}}
