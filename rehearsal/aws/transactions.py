"""Transactions of DynamoDB that copy what they touch.

moto copies the whole table before each, to put it back if one operation fails. A gateway's settlements are transactions, and its
table grows with its requests: after half an hour of five requests a second the copies took 37 % of a processor.
"""

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_Place = tuple[DynamoType, DynamoType | None]
_touched: ContextVar[Mapping[str, Sequence[_Place]] | None] = ContextVar("touched", default=None)


def copy_what_is_touched() -> None:
    """Correct moto's transactions, in its own classes."""
    original = DynamoDBBackend.transact_write_items

    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        places = defaultdict(list)
        for name, place in _places(self, transact_items):
            places[name].append(place)
        token = _touched.set(places)
        try:
            original(self, transact_items)
        finally:
            _touched.reset(token)

    DynamoDBBackend.transact_write_items = transact_write_items  # type: ignore[method-assign]
    vars(models)["copy"] = SimpleNamespace(deepcopy=_deepcopy)


def _places(backend: DynamoDBBackend, operations: Sequence[dict[str, Any]]) -> Iterator[tuple[str, _Place]]:
    """Table, hash key and range key of each operation; what has none is refused by moto, and changes nothing."""
    for operation in operations:
        for one in operation.values():
            table = backend.tables.get(one.get("TableName", ""))
            attributes = one.get("Key") or one.get("Item") or {}
            if table and table.hash_key_attr in attributes:
                ranged = attributes.get(table.range_key_attr)
                yield table.name, (DynamoType(attributes[table.hash_key_attr]), DynamoType(ranged) if ranged else None)


def _deepcopy(value: Any, memo: dict[int, Any] | None = None) -> Any:
    touched = _touched.get()
    # What a stream has seen is undone with the table.
    if not isinstance(value, Table) or touched is None or value.stream_shard is not None:
        return copy.deepcopy(value, memo)
    kept = copy.copy(value)
    kept.items = defaultdict(dict, value.items)
    for hash_key, range_key in touched.get(value.name, ()):
        if hash_key not in value.items:
            continue
        if range_key is None:
            kept.items[hash_key] = copy.deepcopy(value.items[hash_key])
            continue
        if kept.items[hash_key] is value.items[hash_key]:
            kept.items[hash_key] = dict(value.items[hash_key])
        if range_key in value.items[hash_key]:
            kept.items[hash_key][range_key] = copy.deepcopy(value.items[hash_key][range_key])
    return kept
