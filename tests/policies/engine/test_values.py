import pytest

from guardrails.engine.values import UNKNOWN, UnknownPropertyError, known_items, require


def test_a_block_in_a_list_that_is_unknown_is_unknown() -> None:
    with pytest.raises(UnknownPropertyError, match=r"^block of x is unknown$"):
        require({"block": [UNKNOWN]}, "block", "d", of=" of x")


def test_the_known_items_come_before_the_error() -> None:
    items = known_items([1, UNKNOWN, 2], "ports")
    assert (next(items), next(items)) == (1, 2)
    with pytest.raises(UnknownPropertyError, match=r"^ports is unknown$"):
        next(items)


def test_one_item_without_a_list_is_an_item_and_nothing_is_none() -> None:
    assert list(known_items("x", "ports")) == ["x"]
    assert list(known_items(None, "ports")) == []
