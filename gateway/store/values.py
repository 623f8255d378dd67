"""Attribute values of DynamoDB items, as Python values and in the form of the API."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Value = str | int | Decimal | tuple[str, ...]
Item = dict[str, Value]
"""An item's attributes: text, a number, or a list of texts. None of ours has another kind."""


def to_api(value: Value) -> dict[str, Any]:
    """``value`` as an AttributeValue of the API.

    Raises:
        TypeError: no attribute has such a value.
    """
    if isinstance(value, bool):
        raise TypeError("a flag is stored as 0 or 1")
    match value:
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": format(value, "f") if isinstance(value, Decimal) else str(value)}
        case tuple():
            return {"L": [{"S": each} for each in value]}
    raise TypeError(f"no attribute has a value of type {type(value).__name__}")


def item_to_api(item: Mapping[str, Value]) -> dict[str, dict[str, Any]]:
    """An item for the API."""
    return {name: to_api(value) for name, value in item.items()}


def item_from_api(answer: Mapping[str, Mapping[str, Any]]) -> Item:
    """An item of an answer; attributes of other kinds are omitted, since nothing here writes them."""
    return {name: value for name, data in answer.items() if (value := _from_api(data)) is not None}


def _from_api(data: Mapping[str, Any]) -> Value | None:
    [(kind, value)] = data.items()
    if kind == "S":
        return str(value)
    if kind == "N":
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else number
    if kind == "L":
        return tuple(each["S"] for each in value if "S" in each)
    return None


def text(item: Mapping[str, Value], name: str) -> str:
    """A text of an item, empty where it has none."""
    value = item.get(name, "")
    return value if isinstance(value, str) else ""


def whole(item: Mapping[str, Value], name: str) -> int:
    """A whole number of an item, 0 where it has none."""
    value = item.get(name, 0)
    return int(value) if isinstance(value, int | Decimal) else 0
